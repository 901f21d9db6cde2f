import { useEffect, useState } from "react";
import { toProblem } from "../../backend/problem";
import type { Picker } from "../../backend/types";
import { usePane } from "../../model/context";

const pause = 200;

/** looksLikeLink tells an address from words to search for. */
export function looksLikeLink(text: string): boolean {
	return /^[a-z][a-z0-9+.-]*:\/\//i.test(text.trim());
}

/** useFindRecords returns what the picker shows for a query, a moment after the last key. */
export function useFindRecords(text: string, shown: boolean): Picker | null {
	const { backend } = usePane();
	const [picker, setPicker] = useState<Picker | null>(null);
	const query = looksLikeLink(text) ? "" : text.trim();
	useEffect(() => {
		if (!shown) return;
		let current = true;
		const ask = () => {
			backend.api.findRecords(query).then(
				(found) => current && setPicker(found),
				(error: unknown) => current && setPicker({ ...nothing, problem: toProblem(error) }),
			);
		};
		const timer = setTimeout(ask, query === "" ? 0 : pause);
		return () => {
			current = false;
			clearTimeout(timer);
		};
	}, [backend, query, shown]);
	return picker;
}

const nothing: Picker = { recent: [], mine: [], found: [], state: "ready", problem: null };
