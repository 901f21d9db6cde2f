import { useCallback } from "react";
import type { Member } from "./backend/types";
import { Composer } from "./features/composer/Composer";
import { Conversation } from "./features/timeline/Conversation";

/** Props of ChatView. */
export interface ChatViewProps {
	chat: string;
	/** Where there is a way back to the list. */
	onBack?: (() => void) | undefined;
}

/** ChatView is one chat with its composer: the place where the two features meet. */
export function ChatView({ chat, onBack }: ChatViewProps) {
	const composer = useCallback(
		(members: readonly Member[]) => <Composer key={chat} chat={chat} members={members} />,
		[chat],
	);
	return <Conversation key={chat} chat={chat} onBack={onBack} composer={composer} />;
}
