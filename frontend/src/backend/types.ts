// The shapes the core sends, as generated from app/session/rows.go and
// app/markup/node.go; what each field means is said there. Times are RFC 3339 in
// UTC, an empty text where there is none.

import type { markup, session } from "../../wailsjs/go/models";

/** Sent is a generated type as it arrives: a pointer that is nil may come as null. */
type Sent<T> = T extends (infer U)[]
	? Sent<U>[]
	: T extends object
		? { [K in keyof T]: Sent<T[K]> | (object extends Pick<T, K> ? Nil<T[K]> : never) }
		: T;

/** Nil is null for what Go holds by pointer: what is optional and a struct. */
type Nil<T> =
	NonNullable<T> extends unknown[] ? never : NonNullable<T> extends object ? null : never;

export type Account = Sent<session.Account>;
export type Act = Sent<session.Act>;
export type Arg = Sent<session.Arg>;
export type Change = Sent<session.Change>;
export type Ask = Sent<session.Ask>;
export type AskDraft = Sent<session.AskDraft>;
export type ChatRecord = Sent<session.ChatRecord>;
export type ChatRow = Sent<session.ChatRow>;
export type Compose = Sent<session.Compose>;
export type Diagnostics = Sent<session.Diagnostics>;
export type Draft = Sent<session.Draft>;
export type Edit = Sent<session.Edit>;
export type Environment = Sent<session.Environment>;
export type ErrorRow = Sent<session.ErrorRow>;
export type Event = Sent<session.Event>;
export type FeedState = Sent<session.FeedState>;
export type Figure = Sent<session.Figure>;
export type File = Sent<session.File>;
export type Handshake = Sent<session.Handshake>;
export type Health = Sent<session.Health>;
export type JoinResult = Sent<session.JoinResult>;
export type List = Sent<session.List>;
export type LockedRow = Sent<session.LockedRow>;
export type MarkupNode = Sent<markup.Node>;
export type Member = Sent<session.Member>;
export type Mentioned = Sent<session.Mentioned>;
export type MessageRow = Sent<session.MessageRow>;
export type Note = Sent<session.Note>;
export type Notice = Sent<session.Notice>;
export type Page = Sent<session.Page>;
export type Person = Sent<session.Person>;
export type PersonRef = Sent<session.PersonRef>;
export type Picker = Sent<session.Picker>;
export type Presence = Sent<session.Presence>;
export type Problem = Sent<session.Problem>;
export type Quotable = Sent<session.Quotable>;
export type Quote = Sent<session.Quote>;
export type React = Sent<session.React>;
export type RecordRow = Sent<session.RecordRow>;
export type Removed = Sent<session.Removed>;
export type ScopeState = Sent<session.ScopeState>;
export type Section = Sent<session.Section>;
export type SearchHit = Sent<session.SearchHit>;
export type SearchQuery = Sent<session.SearchQuery>;
export type SearchResults = Sent<session.SearchResults>;
export type SearchSpan = Sent<session.SearchSpan>;
export type Settings = Sent<session.Settings>;
export type SimilarCase = Sent<session.SimilarCase>;
export type Start = Sent<session.Start>;
export type Started = Sent<session.Started>;
export type StartInfo = Sent<session.StartInfo>;
export type StartRow = Sent<session.StartRow>;
export type Storage = Sent<session.Storage>;
export type SuggestedPerson = Sent<session.SuggestedPerson>;
export type Suggestions = Sent<session.Suggestions>;
export type SuggestReason = Sent<session.SuggestReason>;
export type Tabs = Sent<session.Tabs>;
export type Warning = Sent<session.Warning>;
