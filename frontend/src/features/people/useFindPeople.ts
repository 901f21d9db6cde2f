import { useEffect, useState } from "react";
import type { Person } from "../../backend/types";
import { usePane } from "../../model/context";

const pause = 250;

/** PeopleSearch is what is known of a search in the directory. */
export interface PeopleSearch {
	readonly people: readonly Person[];
	readonly searching: boolean;
	readonly failed: boolean;
}

const idle: PeopleSearch = { people: [], searching: false, failed: false };

/** useFindPeople searches the directory a moment after the last key. */
export function useFindPeople(text: string): PeopleSearch {
	const { backend } = usePane();
	const [search, setSearch] = useState(idle);
	const query = text.trim();
	useEffect(() => {
		if (query === "") {
			setSearch(idle);
			return;
		}
		let current = true;
		setSearch((before) => ({ ...before, searching: true, failed: false }));
		const timer = setTimeout(async () => {
			try {
				const people = await backend.api.findPeople(query, "");
				if (current) setSearch({ people, searching: false, failed: false });
			} catch {
				// The list says so; what was typed stays and the next key asks again.
				if (current) setSearch({ people: [], searching: false, failed: true });
			}
		}, pause);
		return () => {
			current = false;
			clearTimeout(timer);
		};
	}, [backend, query]);
	return search;
}
