import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { MessageRow } from "../../backend/types";
import { useWords } from "../../text/context";
import { spokenMessage } from "./spoken";

/** What arrived while the chat was open. */
export interface Arrivals {
	/** Messages of others that came below the view and were not seen. */
	unseen: number;
	/** The last one in words, for a screen reader. */
	spoken: string;
}

/**
 * useArrivals tells of messages of others that arrive while the chat is open;
 * those that are read since newer ones exist did not arrive.
 */
export function useArrivals(
	rows: readonly MessageRow[],
	atEnd: boolean,
	seesEnd: () => boolean,
	newer: boolean,
): Arrivals {
	const words = useWords();
	const newest = useRef(rows.at(-1)?.sort ?? "");
	const [arrivals, setArrivals] = useState<Arrivals>({ unseen: 0, spoken: "" });

	const gap = useRef(newer);
	const sees = useEffectEvent(seesEnd);

	useEffect(() => {
		const fresh = rows.filter((r) => r.sort > newest.current);
		newest.current = rows.at(-1)?.sort ?? newest.current;
		const read = gap.current;
		gap.current = newer;
		if (read) return;
		const others = fresh.filter((r) => !r.me && r.state === "");
		const last = others.at(-1);
		if (!last) return;
		const seen = sees();
		setArrivals((known) => ({
			unseen: seen ? 0 : known.unseen + others.length,
			spoken: spokenMessage(last, words),
		}));
	}, [rows, words, newer]);

	useEffect(() => {
		if (atEnd) setArrivals((known) => (known.unseen === 0 ? known : { ...known, unseen: 0 }));
	}, [atEnd]);
	return arrivals;
}
