//! Lists that a message may not make longer than agreed.

use minicbor::Decode;
use minicbor::decode::{Decoder, Error};

/// Reads a list of at most `MOST` elements, and gives up at the first one more.
pub(crate) fn list<'b, Ctx, T: Decode<'b, Ctx>, const MOST: usize>(
    from: &mut Decoder<'b>,
    context: &mut Ctx,
) -> Result<Vec<T>, Error> {
    let start = from.position();
    let mut list = Vec::new();
    for element in from.array_iter_with(context)? {
        if list.len() == MOST {
            return Err(Error::message("more elements than agreed").at(start));
        }
        list.push(element?);
    }
    Ok(list)
}
