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

/** useArrivals tells of messages of others that arrive while the chat is open. */
export function useArrivals(
	rows: readonly MessageRow[],
	atEnd: boolean,
	seesEnd: () => boolean,
): Arrivals {
	const words = useWords();
	const newest = useRef(rows.at(-1)?.sort ?? "");
	const [arrivals, setArrivals] = useState<Arrivals>({ unseen: 0, spoken: "" });

	const sees = useEffectEvent(seesEnd);

	useEffect(() => {
		const fresh = rows.filter((r) => r.sort > newest.current);
		newest.current = rows.at(-1)?.sort ?? newest.current;
		const others = fresh.filter((r) => !r.me && r.state === "");
		const last = others.at(-1);
		if (!last) return;
		const seen = sees();
		setArrivals((known) => ({
			unseen: seen ? 0 : known.unseen + others.length,
			spoken: spokenMessage(last, words),
		}));
	}, [rows, words]);

	useEffect(() => {
		if (atEnd) setArrivals((known) => (known.unseen === 0 ? known : { ...known, unseen: 0 }));
	}, [atEnd]);
	return arrivals;
}
