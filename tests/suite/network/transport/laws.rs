//! Steady states against tables and formulas written down independently.

use super::cubic;
use gapcast::fabric::rdma::goodput_share;
use gapcast::fabric::tcp::{Round, Window, cubic_segments, loss_rate, pftk_segments};
use gapcast::kernel::rng::{Purpose, Streams};
use gapcast::kernel::time::{Span, Time};
use gapcast::model::{LossLaw, Recovery, Tcp};

/// RFC 9438's response table at RTT 0.1 s, to the digits printed there.
#[test]
fn the_response_function_of_cubic_is_the_rfcs() {
    for (loss, segments) in [(1e-4, 187.0), (1e-5, 1054.0), (1e-6, 5926.0), (1e-7, 33325.0)] {
        let got = cubic_segments(loss, 0.1);
        println!("p {loss:e}: {got:.1} segments, RFC 9438: {segments}");
        assert!((got - segments).abs() <= 1.0, "{loss}: {got} instead of {segments}");
        let tcp = Tcp { loss, ..cubic() };
        let rate = loss_rate(&tcp, Span::from_ms(100)) * 0.1 / 1448.0;
        assert!((rate / got - 1.0).abs() < 1e-12);
    }
}

/// RFC 5348 §3.1 term by term, as it is printed: X_Bps = s / (R·sqrt(2bp/3) + t_RTO·(3·sqrt(3bp/8)·p·
/// (1+32p²))), with b segments an acknowledgement. To 1e-12.
#[test]
fn pftk_is_the_formula_of_rfc_5348() {
    for (loss, b) in [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.3].map(|p| [(p, 1.0), (p, 2.0)]).concat() {
        for rtt_ms in [1u64, 10, 100] {
            let (s, r) = (1448.0, rtt_ms as f64 / 1e3);
            let t_rto = r + 0.2;
            let first = r * f64::sqrt(2.0 * b * loss / 3.0);
            let second = t_rto * 3.0 * f64::sqrt(3.0 * b * loss / 8.0) * loss;
            let x_bps = s / (first + second * (1.0 + 32.0 * loss * loss));
            let growth = 1.0 + 1.0 / b;
            let tcp = Tcp { loss, loss_law: LossLaw::Pftk, growth, ..cubic() };
            let got = loss_rate(&tcp, Span::from_ms(rtt_ms));
            assert!((got / x_bps - 1.0).abs() < 1e-12, "{loss} {rtt_ms} ms: {got}, not {x_bps}");
            assert!((pftk_segments(loss, r, t_rto, b) * s / r / x_bps - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn bbr_ignores_loss_up_to_its_threshold() {
    let rtt = Span::from_ms(10);
    let rate = |loss_law, loss| loss_rate(&Tcp { loss, loss_law, ..cubic() }, rtt);
    assert_eq!(rate(LossLaw::None, 0.19), f64::INFINITY);
    assert!(rate(LossLaw::None, 0.21).is_finite());
    assert_eq!(rate(LossLaw::Bbr3, 0.019), f64::INFINITY);
    assert!(rate(LossLaw::Bbr3, 0.021).is_finite());
}

/// Window after each round of a path that is never busy, in segments.
fn rounds(tcp: &Tcp, rtt: Span, n: usize) -> Vec<f64> {
    let mut window = Window::new(tcp, Time::ZERO);
    let mut ends = Time::ZERO;
    let grown = |_| {
        ends = ends + rtt;
        let bytes = window.bytes as u64;
        window.acknowledged(tcp, &Round { bytes, rtt, busy: Span::ZERO, ends }, &[]);
        window.bytes / tcp.mss.0 as f64
    };
    (0..n).map(grown).collect()
}

/// W_cubic(t) = C(t − K)³ + W_max with K = cbrt(W_max(1 − β)/C) (RFC 9438 §4.2), from a loss at 1,000
/// segments until the old window is reached again, RTT 100 ms. The window lags its target by up to a
/// round trip: 1 %.
#[test]
fn after_a_loss_the_window_is_a_cubic_of_time() {
    let tcp = Tcp { window_limit: gapcast::kernel::units::Bytes(64 << 20), ..cubic() };
    let rtt = Span::from_ms(100);
    let mut window = Window::new(&tcp, Time::ZERO);
    window.bytes = 1000.0 * 1448.0;
    window.lost(&tcp, gapcast::fabric::tcp::Loss::Duplicates);
    assert!((window.bytes - 700.0 * 1448.0).abs() < 1e-3);
    let k = libm::cbrt(1000.0 * 0.3 / 0.4);
    let mut ends = Time::ZERO;
    for i in 1..=90 {
        ends = ends + rtt;
        let bytes = window.bytes as u64;
        window.acknowledged(&tcp, &Round { bytes, rtt, busy: Span::ZERO, ends }, &[]);
        let t = 0.1 * f64::from(i) + 0.1;
        let law = 0.4 * (t - k) * (t - k) * (t - k) + 1000.0;
        let got = window.bytes / 1448.0;
        assert!((got / law - 1.0).abs() < 0.01, "after {t} s: {got}, not {law}");
    }
}

/// Reno adds one segment a round trip.
#[test]
fn reno_adds_a_segment_a_round_trip() {
    let mut tcp = Tcp { loss_law: LossLaw::Mathis, ..cubic() };
    tcp.window_limit = gapcast::kernel::units::Bytes(1448 * 160);
    let windows = rounds(&tcp, Span::from_ms(10), 4);
    assert_eq!(windows, [20.0, 40.0, 80.0, 160.0]);
    let mut window = Window::new(&tcp, Time::ZERO);
    window.threshold = 10.0 * 1448.0;
    let rtt = Span::from_ms(10);
    let ends = Time::ZERO + rtt;
    window.acknowledged(&tcp, &Round { bytes: 14_480, rtt, busy: Span::ZERO, ends }, &[]);
    assert_eq!(window.bytes, 11.0 * 1448.0);
}

/// Go-back-N packet by packet: a window of W is always on its way; a packet that is lost, and the W − 1
/// sent after it, are sent again. Of 10^6 slots the share of new packets, 4 standard errors of a
/// renewal process at the least favourable point: 1 %.
#[test]
fn go_back_n_wastes_the_window() {
    let mut chance = Streams::new(7, 0).stream("go-back-n", Purpose::Loss);
    for (loss, window) in [(1e-3, 64.0), (1e-2, 16.0), (1e-2, 256.0)] {
        let (mut slots, mut good) = (0.0, 0.0);
        while slots < 1e6 {
            if chance.uniform() < loss {
                slots += window;
            } else {
                slots += 1.0;
                good += 1.0;
            }
        }
        let law = goodput_share(Recovery::GoBackN, loss, window);
        let got = good / slots;
        assert!((got / law - 1.0).abs() < 0.05, "{loss} {window}: {got}, not {law}");
        assert!(goodput_share(Recovery::Selective, loss, window) > law);
    }
}
