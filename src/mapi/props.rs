//! A list of properties, in the order in which they were set.

use std::collections::HashMap;

use super::{PropTag, Value};

/// The properties of one object. A tag occurs once; setting it again replaces its value.
#[derive(Debug, Clone, Default)]
pub struct Props<'a>(Vec<(PropTag, Value<'a>)>);

/// As many properties as most objects have at the most.
const USUAL: usize = 256;

impl<'a> Props<'a> {
    /// No properties.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of exactly `tag`.
    pub fn get(&self, tag: PropTag) -> Option<&Value<'a>> {
        self.0.iter().find(|(t, _)| *t == tag).map(|(_, v)| v)
    }

    /// The value of `tag`, to be changed in place.
    pub fn get_mut(&mut self, tag: PropTag) -> Option<&mut Value<'a>> {
        self.0.iter_mut().find(|(t, _)| *t == tag).map(|(_, v)| v)
    }

    /// The first value with the id `id`, whatever its type.
    pub fn by_id(&self, id: u16) -> Option<&Value<'a>> {
        self.0.iter().find(|(t, _)| t.id() == id).map(|(_, v)| v)
    }

    /// The text of `tag`, where it is there and is UNICODE.
    pub fn str(&self, tag: PropTag) -> Option<&str> {
        self.get(tag)?.as_str()
    }

    /// The number of `tag`, where it is there and is a number.
    pub fn int(&self, tag: PropTag) -> Option<i64> {
        self.get(tag)?.as_int()
    }

    /// Whether the property `id` is there, whatever its type.
    pub fn has_id(&self, id: u16) -> bool {
        self.by_id(id).is_some()
    }

    /// Sets `tag` to `value`.
    pub fn set(&mut self, tag: PropTag, value: Value<'a>) {
        match self.get_mut(tag) {
            Some(former) => *former = value,
            None => self.push(tag, value),
        }
    }

    /// Adds `tag` without looking whether it is there: for sources that can't repeat a tag.
    pub fn push(&mut self, tag: PropTag, value: Value<'a>) {
        self.0.push((tag, value));
    }

    /// Takes `tag` out.
    pub fn remove(&mut self, tag: PropTag) -> Option<Value<'a>> {
        let i = self.0.iter().position(|(t, _)| *t == tag)?;
        Some(self.0.remove(i).1)
    }

    /// Keeps what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(PropTag, &Value<'a>) -> bool) {
        self.0.retain(|(t, v)| keep(*t, v));
    }

    /// What `f` makes of each of them, in order; where a tag comes twice by that the later value counts.
    pub fn filter_map(self, f: impl FnMut((PropTag, Value<'a>)) -> Option<(PropTag, Value<'a>)>) -> Self {
        // In place.
        self.0.into_iter().filter_map(f).collect::<Vec<_>>().into()
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (PropTag, Value<'a>)> {
        self.0.iter()
    }
}

impl<'a> From<Vec<(PropTag, Value<'a>)>> for Props<'a> {
    /// Of a tag that occurs twice, the later value counts, in the place of the first.
    fn from(list: Vec<(PropTag, Value<'a>)>) -> Self {
        if list.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Self(list);
        }
        let mut places = HashMap::with_capacity(list.len());
        let mut props = Self(Vec::with_capacity(list.len()));
        for (tag, value) in list {
            let place = *places.entry(tag).or_insert(props.len());
            match props.0.get_mut(place) {
                Some((_, former)) => *former = value,
                None => props.push(tag, value),
            }
        }
        props
    }
}

impl<'a> FromIterator<(PropTag, Value<'a>)> for Props<'a> {
    fn from_iter<T: IntoIterator<Item = (PropTag, Value<'a>)>>(iter: T) -> Self {
        let iter = iter.into_iter();
        // What filters a list says only how long it may be.
        let (few, many) = iter.size_hint();
        let mut list = Vec::with_capacity(many.filter(|n| *n <= USUAL).unwrap_or(few));
        list.extend(iter);
        list.into()
    }
}

impl<'a> IntoIterator for Props<'a> {
    type Item = (PropTag, Value<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'p, 'a> IntoIterator for &'p Props<'a> {
    type Item = &'p (PropTag, Value<'a>);
    type IntoIter = std::slice::Iter<'p, (PropTag, Value<'a>)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
