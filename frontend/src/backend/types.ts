// The shapes the core sends: app/session/rows.go and app/markup/node.go, field by
// field. Times are RFC 3339 in UTC, an empty text where there is none.

/** Handshake answers Hello: what the pane must know before it draws. */
export interface Handshake {
	/** product version */
	version: string;
	/** "windows", "darwin", "linux" */
	os: string;
	/** a demo build: the red banner shows */
	demo: boolean;
	/** BCP 47 tag chosen by user or system: "en", "de", … */
	language: string;
	/** the user's own settings, merged with policy */
	settings: Settings;
}

/** Settings are what the user may choose about the pane itself. */
export interface Settings {
	/** "" follows the system */
	language: string;
	/** "system", "light", "dark", "contrast" */
	theme: string;
	/** text zoom in percent, 50 to 200 */
	zoom: number;
	/** EnterSends: Enter sends and Shift+Enter makes a new line; false swaps them. */
	enterSends: boolean;
	/** window stays on top */
	onTop: boolean;
	/** Locked names the settings that policy fixes; the pane shows them disabled. */
	locked: string[];
	/** Folded names the sections that are folded ("thisRecord", "otherRecords", "linked", "others"). */
	folded: string[];
	/** HintsSeen names the first-use hints already dismissed. */
	hintsSeen: string[];
}

/**
 * Change is everything that altered since the number the pane asked with. Each
 * field says what the receiver does with it; nil or empty means unchanged.
 */
export interface Change {
	/** ask with this number next time */
	seq: number;
	/** forget everything first: this is a snapshot */
	reset: boolean;
	/** replace */
	account?: Account | null;
	/** replace */
	health?: Health | null;
	/** replace */
	settings?: Settings | null;
	/** replace: the open record tabs and the active one */
	tabs?: Tabs | null;
	/** upsert by Key */
	records?: RecordRow[];
	/** upsert by ID */
	chats?: ChatRow[];
	/** upsert by ID: rows of locked chats */
	links?: LockedRow[];
	/** replace by Key ("" is home) */
	lists?: List[];
	/** upsert by Chat; an empty JSON removes */
	drafts?: Draft[];
	/** upsert by Chat and ID, only of chats opened with OpenChat; keep the row of the higher Rev */
	messages?: MessageRow[];
	/** remove */
	removed?: Removed[];
	/** upsert by User */
	presence?: Presence[];
	/** show once, oldest first */
	notices?: Notice[];
}

/** Removed names a thing that is gone. */
export interface Removed {
	/** "chat", "record", "link", "list", "message" */
	kind: string;
	/** ID or Key of the thing; for a message, the ID */
	key: string;
	/** set for a message */
	chat: string;
}

/** Account is the signed-in account, or the state of signing in. */
export interface Account {
	/** "starting", "signedOut", "signingIn", "signedIn" */
	phase: string;
	/** Entra object id */
	id: string;
	name: string;
	email: string;
	/** Environment is the origin of the current Dynamics environment. */
	environment: string;
	environments: Environment[];
	/** Persistent is false when there is no keychain and nothing is kept on disk. */
	persistent: boolean;
	/** DeviceCode and DeviceURL are set while a device-code sign-in waits. */
	deviceCode: string;
	deviceURL: string;
	/** DeviceAllowed tells that policy allows device-code sign-in. */
	deviceAllowed: boolean;
	/** Unsent counts ops that sign-out would discard. */
	unsent: number;
	/** Problem is why the last sign-in attempt failed. */
	problem?: Problem | null;
}

/** Environment is a Dynamics environment of the account. */
export interface Environment {
	/** origin */
	url: string;
	name: string;
}

/** Health is the connection state and the lasting warnings. */
export interface Health {
	/** Connection is "online", "offline", "connecting" or "throttled". */
	connection: string;
	/** when that began */
	since: string;
	/** when the chat list was last read from the server */
	checked: string;
	/** a read is under way */
	syncing: boolean;
	warnings: Warning[];
	/** Pending counts ops that wait to be delivered; Parked those that need the user. */
	pending: number;
	parked: number;
	/** Budget is the number of Graph requests allowed per hour, Used those of the last 60 minutes. */
	budget: number;
	used: number;
}

/** Warning is a condition that lasts. The words are text/ key "warning.<Code>". */
export interface Warning {
	code: string;
	args: Arg[];
	/** "", "signIn", "retry", "settings", "openLink" */
	action: string;
	/** for openLink */
	url: string;
}

/** Arg is one named argument of a sentence. */
export interface Arg {
	name: string;
	value: string;
}

/** Notice is a short message shown once, such as a conflict that the server won. */
export interface Notice {
	id: number;
	/** text/ key "notice.<Code>" */
	code: string;
	args: Arg[];
	/** "info", "warning" */
	kind: string;
}

/**
 * Problem is an error that answers one call. The words are text/ keys
 * "problem.<Code>.what", ".means" and ".do".
 */
export interface Problem {
	code: string;
	args: Arg[];
	/** the server's request id, for support */
	request: string;
	/** the same call may succeed later */
	retry: boolean;
	/** "", "signIn", "openLink", "retry" */
	action: string;
	url: string;
}

/** Tabs are the open records, in order. */
export interface Tabs {
	/** record keys */
	open: string[];
	/** record key, "" is home */
	active: string;
}

/** RecordRow is a record as header, tab and picker show it. */
export interface RecordRow {
	/** environment|table|id */
	key: string;
	/** logical name */
	table: string;
	/** display name in the user's language, from metadata ("Case") */
	typeName: string;
	id: string;
	name: string;
	number: string;
	owner: string;
	/** owned by me or a team I am in */
	mine: boolean;
	/** active, not resolved or cancelled */
	open: boolean;
	status: string;
	customer: string;
	priority: string;
	/** time */
	deadline: string;
	/** time */
	modified: string;
	/** opens the record in Dynamics */
	url: string;
	/** "loading", "ready", "offline" (cached facts), "forbidden", "gone", "error" */
	state: string;
	problem?: Problem | null;
	/** Enabled tells that chats can be connected to this type of record. */
	enabled: boolean;
	/** EnabledWhy is a text/ key "enabled.<code>" when Enabled is false: "typeNotEnabled", "tableMissing", "noPrivilege", "noLicence", "consent". */
	enabledWhy: string;
	/** unread chats connected to this record */
	unread: number;
}

/** ChatRow is a chat as the list and the chat's head show it. */
export interface ChatRow {
	id: string;
	/** "oneOnOne", "group", "meeting" */
	kind: string;
	/** topic or members' names; "" = nobody else is in it */
	title: string;
	/** "" when nobody named it */
	topic: string;
	webURL: string;
	/** People are up to three others, for the avatars. */
	people: PersonRef[];
	/** count, the user included */
	members: number;
	/** Search is what Filter looks through, already folded (lower case, no accents): topic and all member names. */
	search: string;
	/** newest message */
	time: string;
	/** name; "" for a system message */
	lastFrom: string;
	lastMine: boolean;
	/** plain */
	lastText: string;
	/** deleted */
	lastGone: boolean;
	/** set when the newest message is a system message */
	lastEvent?: Event | null;
	unread: boolean;
	/** of the newest message: "normal", "high", "urgent" */
	importance: string;
	/** Waiting: a mention of me, or the last word is not mine and it is unread or unanswered. */
	waiting: boolean;
	mentioned: boolean;
	/** plain text of the draft, "" = none */
	draft: string;
	/** parked sends */
	failed: number;
	/** sends under way */
	pending: number;
	/** live or pending links */
	records: ChatRecord[];
	/** the user is no longer a member */
	removed: boolean;
}

/** ChatRecord is a record a chat is connected to, as its row shows it. */
export interface ChatRecord {
	/** record key */
	key: string;
	name: string;
	number: string;
	table: string;
	/** "", "link", "unlink": waits for the server */
	pending: string;
	/** problem code when the link or unlink is parked, else "" */
	parked: string;
	/** op id while pending or parked */
	op: string;
	/** Unlink tells whether the user may disconnect; Why is text/ key "unlink.<code>" when not. */
	unlink: boolean;
	why: string;
	/** By and At tell who connected it last, and when. */
	by: string;
	at: string;
}

/**
 * LockedRow is a connected chat of which the user is not a member. Nothing of
 * its content is known.
 */
export interface LockedRow {
	/** link row id */
	id: string;
	chat: string;
	/** record key */
	record: string;
	/** the link's stored name */
	name: string;
	/** who connected it */
	by: string;
	/** when */
	at: string;
	/** Why lists text/ keys "join.<code>" that tell why the user cannot join: "joinOff", "noWrite", "unknownAccess", "noCompanion". */
	why: string[];
}

/** List is the content of the Chat tab for one record, or home. */
export interface List {
	/** record key, "" is home */
	key: string;
	sections: Section[];
}

/** Section is one block of a list. */
export interface Section {
	/** "thisRecord", "otherRecords", "linked", "others" */
	kind: string;
	/** chat ids in order */
	chats: string[];
	/** locked row ids, after the chats */
	locked: string[];
	unread: number;
	/** State is "ready", "loading" (nothing cached yet), "offline" (nothing cached and no network) or "error". */
	state: string;
	problem?: Problem | null;
	/** More tells that Show more continues this section. */
	more: boolean;
	/** Complete is false when older chats are not loaded, which Filter must say. */
	complete: boolean;
}

/** PersonRef is a person in passing. */
export interface PersonRef {
	id: string;
	name: string;
	guest: boolean;
}

/** Person is a row of the people picker. */
export interface Person {
	id: string;
	name: string;
	email: string;
	jobTitle: string;
	guest: boolean;
}

/** Member is a participant as the chat's people list shows it. */
export interface Member {
	id: string;
	name: string;
	email: string;
	guest: boolean;
	owner: boolean;
	me: boolean;
}

/** Presence is a person's presence: Graph's availability. */
export interface Presence {
	user: string;
	/** "Available", "Busy", "Away", "DoNotDisturb", "BeRightBack", "Offline", "PresenceUnknown", … */
	availability: string;
}

/** Draft is unsent text of a chat. */
export interface Draft {
	chat: string;
	/** the editor's own state, opaque to Go */
	json: string;
	/** plain text, for the row */
	text: string;
}

/** Page is a stretch of a chat's messages, oldest first. */
export interface Page {
	chat: string;
	messages: MessageRow[];
	/** More tells that older messages exist, here or at the server. */
	more: boolean;
	/** FirstUnread is the id of the first unread message, "" = none. Set by OpenChat only. */
	firstUnread: string;
	/** set by OpenChat only */
	members: Member[];
	/** Offline tells that older messages exist but cannot be read now. */
	offline: boolean;
}

/** MessageRow is a message or an echo. */
export interface MessageRow {
	chat: string;
	/** server id; for an echo "echo:" + op id */
	id: string;
	/** the row with the higher Rev is the newer one */
	rev: number;
	/** rows of a chat are ordered by this text */
	sort: string;
	/** creation */
	time: string;
	/** From is the sender; Me tells that it is the user. */
	from: PersonRef;
	me: boolean;
	/** sent by an application or bot */
	app: boolean;
	edited: string;
	deleted: boolean;
	/** hidden by a policy of the organisation */
	blocked: boolean;
	body: MarkupNode[];
	/** plain text, for copying and for screen readers */
	plain: string;
	/** a system message */
	event?: Event | null;
	quotes: Quote[];
	files: File[];
	reacts: React[];
	importance: string;
	mentionsMe: boolean;
	/** Echo state: "" for a server message, else "waiting", "sending", "unsure", "parked". */
	state: string;
	/** problem code while parked or unsure */
	reason: string;
	/** op id of an echo */
	op: string;
}

/** Event is a system message in parts; the words are text/ keys "event.<Kind>". */
export interface Event {
	/** "membersAdded", "membersDeleted", "chatRenamed", …; unknown kinds show "event.other" */
	kind: string;
	/** name of the person or application that did it, "" unknown */
	by: string;
	byApp: boolean;
	/** members concerned; "" where a name is unknown */
	names: string[];
	/** the user is among them */
	me: boolean;
	topic: string;
	/** all history was shared */
	history: boolean;
}

/** Quote is a quoted or forwarded message. */
export interface Quote {
	messageID: string;
	from: string;
	text: string;
	time: string;
	forwarded: boolean;
}

/** File is an attached file. */
export interface File {
	id: string;
	/** safe for display */
	name: string;
	/** extension, lower case */
	type: string;
}

/** React is one emoji with everybody who chose it. */
export interface React {
	emoji: string;
	names: string[];
	mine: boolean;
}

/** Compose is what the composer hands over to be sent. */
export interface Compose {
	chat: string;
	/** Graph's dialect, from the serialiser */
	html: string;
	mentions: Mentioned[];
	importance: string;
}

/** Mentioned is one mention in a composed message; ID matches <at id>. */
export interface Mentioned {
	id: number;
	text: string;
	/** "" for everyone */
	user: string;
	everyone: boolean;
}

/** Start describes a new chat. */
export interface Start {
	/** record key; "" makes a chat with no record */
	record: string;
	/** Entra object ids */
	people: string[];
	/** "" leaves it unnamed */
	topic: string;
}

/** Picker is what the record search and the home screen show. */
export interface Picker {
	recent: RecordRow[];
	mine: RecordRow[];
	found: RecordRow[];
	/** "ready", "offline" (cache only) */
	state: string;
	problem?: Problem | null;
}

/** Diagnostics is the content of the Diagnostics page. */
export interface Diagnostics {
	version: string;
	system: string;
	engine: string;
	feeds: FeedState[];
	errors: ErrorRow[];
	scopes: ScopeState[];
	budget: number;
	used: number;
	store: Figure[];
}

/** FeedState is one feed's sync state. */
export interface FeedState {
	name: string;
	/** last success */
	last: string;
	next: string;
	/** code, "" = fine */
	problem: string;
	request: string;
}

/** ErrorRow is one of the last errors, without names, texts or tokens. */
export interface ErrorRow {
	time: string;
	where: string;
	code: string;
	request: string;
}

/** ScopeState is one permission of the app registration. */
export interface ScopeState {
	name: string;
	granted: boolean;
	/** Need is a text/ key "scope.<code>" telling what works only with it. */
	need: string;
	/** administrator's consent link when missing */
	link: string;
}

/** Figure is one named number for Diagnostics. */
export interface Figure {
	name: string;
	value: string;
}

/**
 * MarkupNode is one node of a message body, after the allow-list. T says what it is:
 * "text" (Text), "br", "hr", "p", "div", "h" (Level 1–3), "quote", "pre" (Lang), "list"
 * (Ordered, Start), "item", "table", "row", "cell" (Head, ColSpan, RowSpan),
 * "b", "i", "u", "s", "code", "sub", "sup", "link" (URL, Host), "mention"
 * (Text, User, Me), "emoji" (Text), "image" (Media, Alt, Width, Height),
 * "quoteRef" and "file" (Ref: position of an attachment), "card" (children),
 * "unknown" (Text names what cannot be shown).
 */
export interface MarkupNode {
	t: string;
	text?: string;
	children?: MarkupNode[];
	url?: string;
	/** real host of a link, when its text shows another one */
	host?: string;
	/** id for /media/{id} */
	media?: string;
	alt?: string;
	width?: number;
	height?: number;
	level?: number;
	ordered?: boolean;
	start?: number;
	lang?: string;
	head?: boolean;
	colSpan?: number;
	rowSpan?: number;
	user?: string;
	me?: boolean;
	ref?: string;
}
