// Package notify owns the mails that leave the house: their queue, their
// sending over SMTP, and the outbox that keeps each for 30 days.
//
// Promises:
//   - A mail is queued in the transaction of its cause and leaves only when
//     that is committed. A mail server that is down delays mails, nothing else.
//   - The connection uses TLS, or goes to a host that was allowed by name to do
//     without; a password never travels in the clear.
//   - One mail has one recipient. Nothing that a user has typed can add a
//     header or another recipient.
//   - Without a mail server every mail stays readable in the outbox.
//   - Bodies lie encrypted: they hold links that sign somebody in.
package notify
