import { useState } from "react";
import { toProblem } from "../../backend/problem";
import type { Problem } from "../../backend/types";
import { usePane } from "../../model/context";
import { autolink, type Doc } from "./doc";
import { limit, type Serialised, serialise, size } from "./serialise";

/** Ready is a message that can be handed over, or why it cannot. */
export type Ready =
	| { state: "empty" }
	| { state: "long"; over: number }
	| { state: "ready"; message: Serialised };

/** readyOf tells whether a document can be sent. */
export function readyOf(doc: Doc): Ready {
	const message = serialise(autolink(doc));
	if (message.html === "") return { state: "empty" };
	const over = size(message) - limit;
	return over > 0 ? { state: "long", over } : { state: "ready", message };
}

/** useSend hands messages of a chat to the core, which keeps and delivers them. */
export function useSend(chat: string) {
	const { backend } = usePane();
	const [problem, setProblem] = useState<Problem | null>(null);
	/** send resolves to whether the core has taken the message. */
	const send = async (message: Serialised): Promise<boolean> => {
		try {
			await backend.api.send({ chat, ...message, importance: "normal" });
			setProblem(null);
			return true;
		} catch (error) {
			setProblem(toProblem(error));
			return false;
		}
	};
	return { send, problem, forget: () => setProblem(null) };
}
