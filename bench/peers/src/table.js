// Sets the lines of both programs side by side: node src/table.js FILE

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const shown = (line) => {
  if (line === undefined) return '–';
  const value = line.value >= 100 ? Math.round(line.value).toLocaleString('en') : String(line.value);
  const { wall_ms: wall, processor_ms_mean: mean, least, most } = line.detail;
  if (wall) return `${value} (p99 ${wall.p99}; processor ${Number(mean.toPrecision(3))})`;
  return least === undefined ? value : `${value} (${least} to ${most})`;
};

/** A table in Markdown of lines that have `of`, `figure`, `value`, `unit` and `detail`. */
export function table(lines) {
  const figures = lines.filter((line) => line.of);
  const of = (who, figure) => figures.find((line) => line.of === who && line.figure === figure);
  const names = [...new Set(figures.map((line) => line.figure))];
  const rows = names.map((name) => {
    const { unit } = figures.find((line) => line.figure === name);
    return `| ${name}, ${unit} | ${shown(of('heliograph', name))} | ${shown(of('libsignal', name))} |`;
  });
  return ['| figure | here | libsignal |', '|---|---|---|', ...rows].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const text = readFileSync(process.argv[2], 'utf8');
  console.log(table(text.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))));
  console.log('\nTimes: p50 and p99 by the wall, then the mean of processor time. Healing: median, then least to most.');
}
