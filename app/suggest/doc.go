// Package suggest ranks people for a record: people related to it, by rules
// whose order somebody chose, and people who resolved similar cases, by what
// the history of resolved cases tells.
//
// It is pure: callers bring the facts and the time, nothing is read here. Equal
// facts give equal answers in equal order.
//
// The second kind is a small model whose every part can be said in a sentence.
// Cases are compared by their words (BM25 over folded words, rare words count
// more, so that no list of stop words is needed), subject, product and
// customer. From that each person gets a handful of shares: of the similar
// cases, of those of the subject, the product, the customer, of all cases, each
// counted less the older it is, and how fast the person was. A weighted sum of
// the shares orders people; [Fit] learns the weights from the history itself:
// for cases of the past, who of those then known resolved it next. What the sum
// says of a person is turned into a probability by comparing with later cases
// that were not used for the weights, so that of suggestions with "70 %" about
// seven of ten were right.
//
// It promises never to suggest somebody twice, the user, or anybody who has no
// enabled account.
package suggest
