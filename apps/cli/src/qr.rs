//! QR codes on a terminal, two modules a character.

use heliograph_rpc::RpcError;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

use crate::output::Output;

/// A link or number as a picture of characters, with the quiet zone that scanners need: black on
/// white where colours can be set, else right for a dark terminal, the usual kind.
pub(crate) fn drawn(text: &str, output: Output) -> Result<String, RpcError> {
    let code =
        QrCode::with_error_correction_level(text.as_bytes(), EcLevel::L).map_err(RpcError::bug)?;
    let (dark, light) = if output.has_colour() {
        (Dense1x2::Dark, Dense1x2::Light)
    } else {
        (Dense1x2::Light, Dense1x2::Dark)
    };
    let picture = code
        .render::<Dense1x2>()
        .dark_color(dark)
        .light_color(light)
        .build();
    let lines: Vec<String> = picture.lines().map(|line| output.paper(line)).collect();
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_fits_on_a_terminal_and_its_margin_is_light() {
        let link = format!(
            "heliograph://card/board.example.org:8443#{}",
            "a".repeat(260)
        );
        let picture = drawn(&link, Output::new(true)).unwrap();
        let lines: Vec<&str> = picture.lines().collect();
        let width = lines.iter().map(|line| line.chars().count()).max().unwrap();
        assert!(
            width <= 80 && lines.len() <= 40,
            "{width} × {}",
            lines.len()
        );
        assert!(lines[0].chars().all(|c| c == '█'));
    }
}
