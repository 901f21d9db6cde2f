import { useState } from "react";
import { toProblem } from "../../backend/problem";
import type { LockedRow, Problem } from "../../backend/types";
import { usePane } from "../../model/context";

/** Joining is how far joining a chat is. */
export interface Joining {
	readonly pending: boolean;
	/** Why the server refused, codes of "join"; empty when it did not. */
	readonly refused: readonly string[];
	readonly problem: Problem | null;
	join(): void;
	/** forget takes the problem away. */
	forget(): void;
}

/** useJoin joins the chat of a locked row, and opens it then. */
export function useJoin(row: LockedRow, onOpen: (chat: string) => void): Joining {
	const { backend } = usePane();
	const [pending, setPending] = useState(false);
	const [refused, setRefused] = useState<readonly string[]>([]);
	const [problem, setProblem] = useState<Problem | null>(null);
	const join = () => {
		setPending(true);
		setProblem(null);
		setRefused([]);
		backend.api
			.join(row.id)
			.then((result) => {
				if (result.chat !== "") onOpen(result.chat);
				else setRefused(result.why.length > 0 ? result.why : ["other"]);
			})
			.catch((error: unknown) => setProblem(toProblem(error)))
			.finally(() => setPending(false));
	};
	return { pending, refused, problem, join, forget: () => setProblem(null) };
}
