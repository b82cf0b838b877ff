//! Statistics of a run (tallies, levels over time, binned series, quantiles) and of several runs
//! (confidence intervals, batch means, where the warm-up ends).

mod alarm;
mod counts;
mod exact;
mod histogram;
mod level;
mod normal;
mod output;
mod select;
mod series;
mod student;
mod tally;
mod watch;
mod window;

pub use alarm::{Alarm, Episode};
pub use counts::WindowedCounts;
pub use exact::ExactSum;
pub use histogram::Histogram;
pub use level::TimeWeighted;
pub use normal::{normal_cdf, normal_pdf, normal_quantile};
pub use output::{Estimate, Truncation, batch_means, mean_interval, mser5};
pub use select::{kn_eta, kn_h2, kn_width, ocba_shares};
pub use series::Series;
pub use student::t_quantile;
pub use tally::Tally;
pub use watch::LevelWatch;
pub use window::WindowedHistogram;
