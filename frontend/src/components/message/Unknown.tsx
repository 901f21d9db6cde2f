import { useText } from "../../text/context";
import { Icon } from "../icon/Icon";
import { LinkText } from "./LinkText";
import type { NodeOf } from "./nodes";
import styles from "./Unknown.module.css";

/** Props of Unknown. */
export interface UnknownProps {
	node: NodeOf<"unknown">;
	onOpen: (url: string) => void;
	tabbable: boolean;
}

/**
 * Unknown stands for a part of a message that the pane does not show, and says
 * so. A picture from elsewhere is not fetched, but can be opened.
 */
export function Unknown({ node, onOpen, tabbable }: UnknownProps) {
	const t = useText();
	const picture = node.text === "image" && node.url !== "";
	return (
		<span className={styles.unknown} title={node.alt === "" ? undefined : node.alt}>
			<Icon name={node.text === "image" ? "image" : "info"} size={16} />
			{picture ? (
				<LinkText url={node.url} host="" onOpen={onOpen} tabbable={tabbable}>
					{t("message.unknownImage", { host: node.host })}
				</LinkText>
			) : (
				<span>{t(wordsOf(node.text))}</span>
			)}
		</span>
	);
}

function wordsOf(what: string) {
	switch (what) {
		case "image":
			return "message.unknownImageBare";
		case "card":
			return "message.unknownCard";
		case "tooLarge":
			return "message.unknownLarge";
		default:
			return "message.unknown";
	}
}
