//! Strict reading of JSON objects and names.
//!
//! A derived implementation would also read a struct from an array of its fields, and a unit
//! variant from `{"name": null}`. Neither is the format, and such a mistake would not be noticed.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, Expected, MapAccess, Unexpected, Visitor};
use std::fmt;
use std::marker::PhantomData;
use svpg_check::nearest;

/// A `T` from a JSON object.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
            }
        }
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// A field that is an object.
pub(crate) fn one<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|object| object.0)
}

/// A field that is an object or null.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::<Object<T>>::deserialize(deserializer).map(|object| object.map(|object| object.0))
}

/// A field that is an array of objects.
pub(crate) fn several<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Vec::<Object<T>>::deserialize(deserializer)
        .map(|objects| objects.into_iter().map(|object| object.0).collect())
}

/// The element of `all` with the given name.
pub(crate) fn named<'de, D: Deserializer<'de>, T: Copy + 'static>(
    deserializer: D,
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> Result<T, D::Error> {
    struct NameVisitor<T: 'static>(&'static [T], fn(T) -> &'static str);
    impl<T: Copy> Visitor<'_> for NameVisitor<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let names: Vec<String> = self.0.iter().map(|&one| format!("{:?}", self.1(one))).collect();
            match names.split_last() {
                Some((last, before)) if !before.is_empty() => write!(f, "{} or {last}", before.join(", ")),
                _ => f.write_str(&names.concat()),
            }
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            let found = self.0.iter().find(|&&one| self.1(one) == text);
            found.copied().ok_or_else(|| match nearest(text, self.0.iter().map(|&one| self.1(one))) {
                Some(near) => E::custom(format_args!(
                    "found {text:?}, expected {}; the nearest is {near:?}",
                    &self as &dyn Expected
                )),
                None => E::invalid_value(Unexpected::Str(text), &self),
            })
        }
    }
    deserializer.deserialize_str(NameVisitor(all, name))
}

/// Implements reading and writing by name for types with `ALL` and `name`.
macro_rules! by_name {
    ($($kind:ty),*) => { $(
        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::json_object::named(deserializer, &Self::ALL, Self::name)
            }
        }
    )* };
}
pub(crate) use by_name;
