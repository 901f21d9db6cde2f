export namespace markup {
	
	export interface Node {
	    t: string;
	    text?: string;
	    children?: Node[];
	    url?: string;
	    host?: string;
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

}

export namespace session {
	
	export interface Arg {
	    name: string;
	    value: string;
	}
	export interface Problem {
	    code: string;
	    args: Arg[];
	    request: string;
	    retry: boolean;
	    action: string;
	    url: string;
	}
	export interface Environment {
	    url: string;
	    name: string;
	}
	export interface Account {
	    phase: string;
	    id: string;
	    name: string;
	    email: string;
	    environment: string;
	    environments: Environment[];
	    persistent: boolean;
	    deviceCode: string;
	    deviceURL: string;
	    deviceAllowed: boolean;
	    unsent: number;
	    problem?: Problem;
	}
	export interface Act {
	    op: string;
	    kind: string;
	    state: string;
	    reason: string;
	}
	
	export interface Ask {
	    link: string;
	    person: string;
	    text: string;
	}
	export interface AskPerson {
	    id: string;
	    name: string;
	    email: string;
	    how: string;
	}
	export interface AskDraft {
	    link: string;
	    name: string;
	    record: string;
	    url: string;
	    people: AskPerson[];
	}
	
	export interface Notice {
	    id: number;
	    code: string;
	    args: Arg[];
	    kind: string;
	}
	export interface Presence {
	    user: string;
	    availability: string;
	}
	export interface Removed {
	    kind: string;
	    key: string;
	    chat: string;
	}
	export interface React {
	    emoji: string;
	    names: string[];
	    mine: boolean;
	}
	export interface File {
	    id: string;
	    name: string;
	    type: string;
	}
	export interface Quote {
	    messageID: string;
	    from: string;
	    text: string;
	    time: string;
	    forwarded: boolean;
	}
	export interface MessageRow {
	    chat: string;
	    id: string;
	    rev: number;
	    sort: string;
	    time: string;
	    from: PersonRef;
	    me: boolean;
	    app: boolean;
	    edited: string;
	    deleted: boolean;
	    blocked: boolean;
	    body: markup.Node[];
	    plain: string;
	    event?: Event;
	    quotes: Quote[];
	    files: File[];
	    reacts: React[];
	    importance: string;
	    mentionsMe: boolean;
	    state: string;
	    reason: string;
	    op: string;
	    acts?: Act[];
	}
	export interface Draft {
	    chat: string;
	    json: string;
	    text: string;
	}
	export interface Section {
	    kind: string;
	    chats: string[];
	    locked: string[];
	    unread: number;
	    state: string;
	    problem?: Problem;
	    more: boolean;
	    complete: boolean;
	}
	export interface List {
	    key: string;
	    sections: Section[];
	}
	export interface StartRow {
	    id: string;
	    record: string;
	    title: string;
	    people: string[];
	    state: string;
	    reason: string;
	    chat: string;
	}
	export interface LockedRow {
	    id: string;
	    chat: string;
	    record: string;
	    name: string;
	    by: string;
	    at: string;
	    why: string[];
	}
	export interface ChatRecord {
	    key: string;
	    name: string;
	    number: string;
	    table: string;
	    pending: string;
	    parked: string;
	    op: string;
	    unlink: boolean;
	    why: string;
	    confirm: boolean;
	    by: string;
	    at: string;
	}
	export interface Event {
	    kind: string;
	    by: string;
	    byApp: boolean;
	    names: string[];
	    me: boolean;
	    topic: string;
	    history: boolean;
	}
	export interface PersonRef {
	    id: string;
	    name: string;
	    guest: boolean;
	}
	export interface ChatRow {
	    id: string;
	    kind: string;
	    title: string;
	    topic: string;
	    webURL: string;
	    people: PersonRef[];
	    members: number;
	    search: string;
	    time: string;
	    lastFrom: string;
	    lastMine: boolean;
	    lastText: string;
	    lastGone: boolean;
	    lastEvent?: Event;
	    unread: boolean;
	    importance: string;
	    waiting: boolean;
	    mentioned: boolean;
	    draft: string;
	    failed: number;
	    pending: number;
	    records: ChatRecord[];
	    removed: boolean;
	    acts?: Act[];
	}
	export interface RecordRow {
	    key: string;
	    table: string;
	    typeName: string;
	    id: string;
	    name: string;
	    number: string;
	    owner: string;
	    mine: boolean;
	    open: boolean;
	    status: string;
	    customer: string;
	    priority: string;
	    deadline: string;
	    modified: string;
	    url: string;
	    state: string;
	    problem?: Problem;
	    enabled: boolean;
	    enabledWhy: string;
	    unread: number;
	}
	export interface Tabs {
	    open: string[];
	    active: string;
	}
	export interface Settings {
	    language: string;
	    theme: string;
	    zoom: number;
	    enterSends: boolean;
	    onTop: boolean;
	    locked: string[];
	    folded: string[];
	    hintsSeen: string[];
	}
	export interface Warning {
	    code: string;
	    args: Arg[];
	    action: string;
	    url: string;
	}
	export interface Health {
	    connection: string;
	    since: string;
	    checked: string;
	    syncing: boolean;
	    warnings: Warning[];
	    pending: number;
	    parked: number;
	    budget: number;
	    used: number;
	}
	export interface Change {
	    seq: number;
	    reset: boolean;
	    account?: Account;
	    health?: Health;
	    settings?: Settings;
	    tabs?: Tabs;
	    records?: RecordRow[];
	    chats?: ChatRow[];
	    links?: LockedRow[];
	    starts?: StartRow[];
	    lists?: List[];
	    drafts?: Draft[];
	    messages?: MessageRow[];
	    removed?: Removed[];
	    presence?: Presence[];
	    notices?: Notice[];
	}
	
	
	export interface Mentioned {
	    id: number;
	    text: string;
	    user: string;
	    everyone: boolean;
	}
	export interface Compose {
	    chat: string;
	    html: string;
	    mentions: Mentioned[];
	    importance: string;
	}
	export interface Figure {
	    name: string;
	    value: string;
	}
	export interface ScopeState {
	    name: string;
	    granted: boolean;
	    need: string;
	    link: string;
	}
	export interface ErrorRow {
	    time: string;
	    where: string;
	    code: string;
	    request: string;
	}
	export interface FeedState {
	    name: string;
	    last: string;
	    next: string;
	    problem: string;
	    request: string;
	}
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
	
	export interface Edit {
	    chat: string;
	    message: string;
	    html: string;
	    mentions: Mentioned[];
	}
	
	
	
	
	
	
	export interface Handshake {
	    version: string;
	    os: string;
	    demo: boolean;
	    language: string;
	    settings: Settings;
	}
	
	export interface JoinResult {
	    link: string;
	    chat: string;
	    name: string;
	    outcome: string;
	    why: string[];
	    problem?: Problem;
	}
	
	
	export interface Member {
	    id: string;
	    name: string;
	    email: string;
	    guest: boolean;
	    owner: boolean;
	    me: boolean;
	}
	
	
	export interface Note {
	    id: string;
	    on: boolean;
	    body: markup.Node[];
	    skipped: string[];
	    cut: string[];
	    problem?: Problem;
	}
	
	export interface Page {
	    chat: string;
	    messages: MessageRow[];
	    more: boolean;
	    firstUnread: string;
	    members: Member[];
	    offline: boolean;
	    newer: boolean;
	}
	export interface Person {
	    id: string;
	    name: string;
	    email: string;
	    jobTitle: string;
	    guest: boolean;
	}
	
	export interface Picker {
	    recent: RecordRow[];
	    mine: RecordRow[];
	    found: RecordRow[];
	    state: string;
	    problem?: Problem;
	}
	
	
	export interface QueryProblem {
	    code: string;
	    text: string;
	}
	export interface Quotable {
	    id: string;
	    from: string;
	    me: boolean;
	    time: string;
	    text: string;
	    body: markup.Node[];
	}
	
	
	
	
	
	export interface SearchCoverage {
	    chats: number;
	    of: number;
	    since: string;
	}
	export interface SearchSpan {
	    text: string;
	    hit: boolean;
	}
	export interface SearchHit {
	    chat: string;
	    id: string;
	    sort: string;
	    time: string;
	    from: PersonRef;
	    me: boolean;
	    app: boolean;
	    title: string;
	    kind: string;
	    people: PersonRef[];
	    records: ChatRecord[];
	    snippet: SearchSpan[];
	    files: File[];
	    mentionsMe: boolean;
	    edited: boolean;
	}
	export interface SearchQuery {
	    text: string;
	    scope: string;
	    key: string;
	    order: string;
	    limit: number;
	    after: string;
	}
	export interface SearchResults {
	    hits: SearchHit[];
	    after: string;
	    total: number;
	    atMost: boolean;
	    coverage: SearchCoverage;
	    problems: QueryProblem[];
	    empty: boolean;
	    preparing: number;
	}
	
	
	
	export interface SimilarCase {
	    key: string;
	    number: string;
	    title: string;
	    resolved: string;
	}
	export interface Start {
	    record: string;
	    people: string[];
	    topic: string;
	    note: string;
	    quoteFrom: string;
	    quotes: string[];
	}
	export interface StartInfo {
	    record: string;
	    autoName: boolean;
	    join: boolean;
	    note: Note;
	}
	
	export interface Started {
	    chat: string;
	    op: string;
	}
	export interface StorageChat {
	    id: string;
	    title: string;
	    messages: number;
	    bytes: number;
	    records: string[];
	    since: string;
	}
	export interface Storage {
	    bytes: number;
	    messages: number;
	    chats: StorageChat[];
	    retentionDays: number;
	    cacheMegabytes: number;
	}
	
	export interface SuggestReason {
	    code: string;
	    args: Arg[];
	}
	export interface SuggestedPerson {
	    person: Person;
	    labelCode: string;
	    label: string;
	    case?: SimilarCase;
	    confidence: number;
	    reasons: SuggestReason[];
	}
	export interface Suggestions {
	    record: string;
	    state: string;
	    problem?: Problem;
	    stale: boolean;
	    read: string;
	    rulesOn: boolean;
	    similarOn: boolean;
	    rules: SuggestedPerson[];
	    similar: SuggestedPerson[];
	    moreRules: boolean;
	    moreSimilar: boolean;
	    cases: number;
	    judged: boolean;
	    notes: string[];
	}
	

}

