//! One of the conventional methods, by its name.

use super::{ConventionalMethod, METHODS};
use crate::Error;
use crate::error::did_you_mean;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

/// One of [`METHODS`], identified by its name.
#[derive(Clone, Copy)]
pub struct Conventional(&'static dyn ConventionalMethod);

impl Conventional {
    /// Every method, in the order of [`METHODS`].
    pub fn all() -> impl Iterator<Item = Self> {
        METHODS.into_iter().map(Self)
    }
}

impl Deref for Conventional {
    type Target = dyn ConventionalMethod;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl PartialEq for Conventional {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Debug for Conventional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Conventional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Conventional {
    type Err = Error;

    /// # Errors
    /// Bad input: no method has this name.
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::all().find(|method| method.name() == name).ok_or_else(|| {
            let hint = did_you_mean(name, Self::all().map(|method| method.name()));
            let names: Vec<_> = Self::all().map(|method| method.name()).collect();
            let remedy = format!("{hint}the methods are {}", names.join(", "));
            Error::bad_input("method", format_args!("`{name}` is unknown"), remedy)
        })
    }
}

impl Serialize for Conventional {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Conventional {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}
