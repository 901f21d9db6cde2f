import { useEffect, useState } from "react";
import { toProblem } from "../../backend/problem";
import type { StartInfo } from "../../backend/types";
import { usePane } from "../../model/context";

/** useStartInfo returns what the form of a record is told, undefined until it is; the round reads it again. */
export function useStartInfo(record: string, round: number): StartInfo | undefined {
	const { backend } = usePane();
	const [info, setInfo] = useState<StartInfo>();
	// biome-ignore lint/correctness/useExhaustiveDependencies: the round asks for another reading
	useEffect(() => {
		if (record === "") return;
		let current = true;
		backend.api
			.prepareStart(record)
			// The chat can be started without what could not be read.
			.catch((error: unknown) => unread(record, error))
			.then((next) => {
				if (current) setInfo(next);
			})
			.catch(() => undefined);
		return () => {
			current = false;
		};
	}, [backend, record, round]);
	return info;
}

function unread(record: string, error: unknown): StartInfo {
	const note = { id: "", on: true, body: [], skipped: [], cut: [], problem: toProblem(error) };
	return { record, autoName: true, join: true, note };
}
