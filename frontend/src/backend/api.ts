import type {
	Ask,
	AskDraft,
	Change,
	Compose,
	Diagnostics,
	Draft,
	Edit,
	Handshake,
	JoinResult,
	Page,
	Person,
	Picker,
	Quotable,
	SearchQuery,
	SearchResults,
	Settings,
	Start,
	Started,
	StartInfo,
	Storage,
	Suggestions,
} from "./types";

/**
 * Api is everything the pane can ask of the core: one method per exported
 * method of bridge.App, with a small first letter. Each rejects with what
 * `toProblem` reads.
 */
export interface Api {
	hello(): Promise<Handshake>;
	changes(since: number): Promise<Change>;

	signIn(): Promise<void>;
	signInWithCode(): Promise<void>;
	cancelSignIn(): Promise<void>;
	signOut(): Promise<void>;
	signOutDiscarding(): Promise<void>;
	chooseEnvironment(url: string): Promise<void>;

	openRecord(text: string): Promise<string>;
	activateTab(key: string): Promise<void>;
	closeTab(key: string): Promise<void>;
	refreshRecord(key: string): Promise<void>;
	findRecords(query: string): Promise<Picker>;

	refresh(): Promise<void>;
	active(): Promise<void>;
	visible(state: "visible" | "hidden"): Promise<void>;
	showMore(list: string): Promise<void>;

	openChat(chat: string): Promise<Page>;
	closeChat(chat: string): Promise<void>;
	older(chat: string, before: string): Promise<Page>;
	search(query: SearchQuery): Promise<SearchResults>;
	openAt(chat: string, message: string): Promise<Page>;
	newer(chat: string, after: string): Promise<Page>;
	readStorage(): Promise<Storage>;
	send(message: Compose): Promise<string>;
	retry(op: string): Promise<void>;
	discard(op: string): Promise<void>;
	saveDraft(draft: Draft): Promise<void>;

	connect(chat: string, record: string): Promise<string>;
	disconnect(chat: string, record: string): Promise<string>;
	startChat(start: Start): Promise<Started>;
	prepareStart(record: string): Promise<StartInfo>;
	quotables(chat: string): Promise<Quotable[]>;
	leaveTwin(chat: string, keep: boolean): Promise<void>;
	findPeople(query: string, chat: string): Promise<Person[]>;
	suggest(record: string): Promise<Suggestions>;
	refreshSuggestions(record: string): Promise<Suggestions>;
	markRead(chat: string): Promise<void>;
	markUnread(chat: string): Promise<void>;
	markUnreadFrom(chat: string, message: string): Promise<void>;
	editMessage(edit: Edit): Promise<string>;
	deleteMessage(chat: string, message: string): Promise<string>;
	restoreMessage(chat: string, message: string): Promise<string>;
	react(chat: string, message: string, emoji: string): Promise<string>;
	unreact(chat: string, message: string, emoji: string): Promise<string>;
	renameChat(chat: string, topic: string): Promise<string>;
	watchPeople(ids: string[]): Promise<void>;

	join(link: string): Promise<JoinResult>;
	joinAll(record: string): Promise<JoinResult[]>;
	prepareAsk(link: string): Promise<AskDraft>;
	askToJoin(ask: Ask): Promise<string>;
	confirm(chat: string, record: string): Promise<void>;

	openExternal(url: string): Promise<void>;
	openInTeams(chat: string): Promise<void>;
	copyText(text: string): Promise<void>;

	saveSettings(settings: Settings): Promise<void>;
	readDiagnostics(): Promise<Diagnostics>;
	copyDiagnostics(): Promise<void>;
	saveSupportBundle(): Promise<string>;
}

/** methods names them all, so that a transport can be turned into an Api. */
export const methods = [
	"hello",
	"changes",
	"signIn",
	"signInWithCode",
	"cancelSignIn",
	"signOut",
	"signOutDiscarding",
	"chooseEnvironment",
	"openRecord",
	"activateTab",
	"closeTab",
	"refreshRecord",
	"findRecords",
	"refresh",
	"active",
	"visible",
	"showMore",
	"openChat",
	"closeChat",
	"older",
	"search",
	"openAt",
	"newer",
	"readStorage",
	"send",
	"retry",
	"discard",
	"saveDraft",
	"connect",
	"disconnect",
	"startChat",
	"prepareStart",
	"quotables",
	"leaveTwin",
	"findPeople",
	"suggest",
	"refreshSuggestions",
	"markRead",
	"markUnread",
	"markUnreadFrom",
	"editMessage",
	"deleteMessage",
	"restoreMessage",
	"react",
	"unreact",
	"renameChat",
	"watchPeople",
	"join",
	"joinAll",
	"prepareAsk",
	"askToJoin",
	"confirm",
	"openExternal",
	"openInTeams",
	"copyText",
	"saveSettings",
	"readDiagnostics",
	"copyDiagnostics",
	"saveSupportBundle",
] as const satisfies readonly (keyof Api)[];

/** Ping tells that something altered: the number it reached, or null when pings may be lost. */
export type Ping = (seq: number | null) => void;

/** Backend is the core as the pane sees it, whatever carries the calls. */
export interface Backend {
	readonly api: Api;
	/** onPing calls back at each ping until the returned function is called. */
	onPing(listener: Ping): () => void;
	/** photo returns the address of a person's photo; it may answer 404. */
	photo(user: string): string;
	/** media returns the address of an image of a message. */
	media(id: string): string;
	/** setNetwork cuts or restores the demo's network; only a demo build answers it. */
	setNetwork(state: "offline" | "online"): Promise<void>;
}
