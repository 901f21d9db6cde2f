/** Readable is what a component can watch: get returns the same object until it changes. */
export interface Readable<T> {
	get(): T;
	subscribe(listener: () => void): () => void;
}

/** Signal is the subscription half of every store. */
class Signal {
	readonly #listeners = new Set<() => void>();

	readonly subscribe = (listener: () => void): (() => void) => {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	};

	protected emit(): void {
		for (const listener of [...this.#listeners]) listener();
	}
}

/** Cell holds one value. */
export class Cell<T> extends Signal implements Readable<T> {
	#value: T;

	constructor(value: T) {
		super();
		this.#value = value;
	}

	readonly get = (): T => this.#value;

	set(value: T): void {
		if (Object.is(value, this.#value)) return;
		this.#value = value;
		this.emit();
	}
}

/**
 * Rows holds values by key. A listener hears of every change; a reader of one
 * key sees a new object only when that row changed.
 */
export class Rows<T> extends Signal implements Readable<ReadonlyMap<string, T>> {
	readonly #key: (row: T) => string;
	#rows: ReadonlyMap<string, T> = new Map();

	constructor(key: (row: T) => string) {
		super();
		this.#key = key;
	}

	/** get returns all rows; the map is replaced, never altered. */
	readonly get = (): ReadonlyMap<string, T> => this.#rows;

	row(key: string): T | undefined {
		return this.#rows.get(key);
	}

	/** put adds and replaces rows. */
	put(rows: readonly T[]): void {
		if (rows.length === 0) return;
		const next = new Map(this.#rows);
		for (const row of rows) next.set(this.#key(row), row);
		this.#rows = next;
		this.emit();
	}

	/** remove forgets a row; an unknown key changes nothing. */
	remove(key: string): void {
		if (!this.#rows.has(key)) return;
		const next = new Map(this.#rows);
		next.delete(key);
		this.#rows = next;
		this.emit();
	}

	clear(): void {
		if (this.#rows.size === 0) return;
		this.#rows = new Map();
		this.emit();
	}
}
