//! Reads a JSON value as a type and, where that stops, says at which place.
//!
//! An object is read by its fields alone, never from a list of their values in order: such a list says of no value what
//! it is. That also spares the page a second reader of every struct.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Map, Value, map};

/// A step into a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Why and where a value is not what was wanted.
#[derive(Debug)]
pub(super) struct Stopped(Box<Stop>);

#[derive(Debug)]
struct Stop {
    message: String,
    /// From the place outward.
    way_out: Vec<Step>,
}

impl Stopped {
    /// The place, and what is wrong there.
    pub(super) fn into_parts(self) -> (Vec<Step>, String) {
        let Stop { message, mut way_out } = *self.0;
        way_out.reverse();
        (way_out, message)
    }

    fn inside(mut self, step: Step) -> Stopped {
        self.0.way_out.push(step);
        self
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Stopped {}

impl Error for Stopped {
    fn custom<T: fmt::Display>(message: T) -> Stopped {
        Stopped(Box::new(Stop {
            message: message.to_string(),
            way_out: Vec::new(),
        }))
    }
}

/// Reads a value.
///
/// # Errors
/// The first fault.
pub(super) fn read<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, Stopped> {
    T::deserialize(Place(value))
}

#[derive(Clone, Copy)]
struct Place<'de>(&'de Value);

impl<'de> Place<'de> {
    /// What stands there instead the caller can see for itself.
    fn other_than(wanted: &dyn Expected) -> Stopped {
        Stopped::invalid_type(Unexpected::Other("something else"), wanted)
    }

    fn scalar<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(number) => number.deserialize_any(visitor).map_err(Stopped::custom),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) | Value::Object(_) => Err(Place::other_than(&visitor)),
        }
    }

    /// Of texts alone: a number where a name stands would count the choices.
    fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        match self.0 {
            Value::String(text) => visitor.visit_borrowed_str(text),
            _ => Err(Place::other_than(&visitor)),
        }
    }

    fn list<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        let Value::Array(items) = self.0 else {
            return Err(Place::other_than(&visitor));
        };
        let mut items = Items { all: items, next: 0 };
        let value = visitor.visit_seq(&mut items)?;
        if items.next < items.all.len() {
            return Err(Stopped::invalid_length(items.all.len(), &"fewer elements in array"));
        }
        Ok(value)
    }

    fn object<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        match self.0 {
            Value::Object(fields) => visitor.visit_map(Fields::of(fields)),
            _ => Err(Place::other_than(&visitor)),
        }
    }
}

/// Reads these kinds by one of the ways above.
macro_rules! by {
    ($way:ident: $($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
            self.$way(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Place<'de> {
    type Error = Stopped;

    by! { scalar: deserialize_bool deserialize_u32 deserialize_u64 deserialize_i64 deserialize_f64 }
    by! { text: deserialize_str deserialize_string deserialize_identifier }
    by! { list: deserialize_seq }
    by! { object: deserialize_map }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        match self.0 {
            Value::Array(_) => self.list(visitor),
            Value::Object(_) => self.object(visitor),
            _ => self.scalar(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stopped> {
        self.list(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        self.object(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(StrDeserializer::new(name)),
            Value::Object(fields) if fields.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(Fields::of(fields)))
            }
            Value::Object(_) => Err(Stopped::invalid_value(Unexpected::Map, &"map with a single key")),
            _ => Err(Place::other_than(&"string or map")),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u128 f32 char bytes byte_buf unit unit_struct newtype_struct tuple_struct ignored_any
    }
}

struct Items<'de> {
    all: &'de [Value],
    next: usize,
}

impl<'de> SeqAccess<'de> for &mut Items<'de> {
    type Error = Stopped;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stopped> {
        let Some(item) = self.all.get(self.next) else {
            return Ok(None);
        };
        let read = seed.deserialize(Place(item));
        let read = read.map_err(|stopped| stopped.inside(Step::Index(self.next)))?;
        self.next += 1;
        Ok(Some(read))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.all.len() - self.next)
    }
}

struct Fields<'de> {
    rest: map::Iter<'de>,
    open: Option<(&'de str, &'de Value)>,
}

impl<'de> Fields<'de> {
    fn of(fields: &'de Map<String, Value>) -> Fields<'de> {
        Fields {
            rest: fields.iter(),
            open: None,
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Stopped;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stopped> {
        self.open = self.rest.next().map(|(key, value)| (key.as_str(), value));
        self.open
            .map(|(key, _)| seed.deserialize(StrDeserializer::new(key)))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stopped> {
        let (key, value) = self.open.expect("a key comes before its value");
        let read = seed.deserialize(Place(value));
        read.map_err(|stopped| stopped.inside(Step::Key(key.to_owned())))
    }
}
