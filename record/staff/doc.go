// Package staff owns what the operator's people may do: their roles, who
// granted them, why and until when, and the record of what they looked at.
//
// Promises:
//   - A role is data: a set of permissions, each of which a route or use case
//     asks for. What somebody may do is computed from the grants at that moment
//     and stored nowhere.
//   - A grant ends by its day or by being revoked; it is never deleted.
//   - Nobody grants themselves anything, and an administrator whose grant has no
//     end always remains.
//   - The first administrator comes by a link that works once, within a day.
//     Only the machine itself can make one, and only there can a former
//     administrator be recovered.
//   - Every change, every read of customer data and every refusal is journalled.
package staff
