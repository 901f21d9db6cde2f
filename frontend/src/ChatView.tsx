import { useCallback } from "react";
import type { Member } from "./backend/types";
import { Composer } from "./features/composer/Composer";
import { Conversation } from "./features/timeline/Conversation";
import type { Place } from "./model/views";

/** Props of ChatView. */
export interface ChatViewProps {
	chat: string;
	/** The message to open it at, null = at its newest. */
	at: Place | null;
	onSearch: () => void;
	/** Where there is a way back to the list. */
	onBack?: (() => void) | undefined;
}

/** ChatView is one chat with its composer: the place where the two features meet. */
export function ChatView({ chat, at, onSearch, onBack }: ChatViewProps) {
	const composer = useCallback(
		(members: readonly Member[]) => <Composer key={chat} chat={chat} members={members} />,
		[chat],
	);
	return (
		<Conversation
			key={chat}
			chat={chat}
			at={at}
			onSearch={onSearch}
			onBack={onBack}
			composer={composer}
		/>
	);
}
