// Measures steps: each by the wall, all together by the processor time of this process (all its threads, so
// that V8 and the bridge between JavaScript and Rust are in it). Lines have the form of `heliograph-bench peers`.

const digits = (value) => Number(value.toPrecision(4));

function quantile(sorted, share) {
  return sorted[Math.round((sorted.length - 1) * share)];
}

/** Quantiles of a sample. */
export function spread(sample) {
  const sorted = [...sample].sort((one, other) => one - other);
  const at = (share) => digits(quantile(sorted, share));
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1), samples: sorted.length };
}

/** The value in the middle. */
export function median(sample) {
  return spread(sample).p50;
}

/** One line of output. */
export function line(figure, unit, value, detail = {}) {
  return { of: 'libsignal', figure, value: digits(value), unit, detail };
}

/** Times of one kind of step. */
export class Cost {
  waits = [];
  cpuMicroseconds = [];

  /** Runs one step and gives its result. */
  async of(step) {
    const cpu = process.cpuUsage();
    const begun = process.hrtime.bigint();
    const result = await step();
    this.waits.push(Number(process.hrtime.bigint() - begun) / 1e6);
    const { user, system } = process.cpuUsage(cpu);
    this.cpuMicroseconds.push(user + system);
    return result;
  }

  line(figure) {
    const cpu = this.cpuMicroseconds.map((used) => used / 1e3);
    const mean = digits(cpu.reduce((sum, used) => sum + used, 0) / cpu.length);
    const wall = spread(this.waits);
    const detail = { wall_ms: wall, processor_ms: spread(cpu), processor_ms_mean: mean };
    return line(figure, 'ms', wall.p50, detail);
  }
}
