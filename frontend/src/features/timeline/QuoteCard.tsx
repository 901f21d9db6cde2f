import type { Quote } from "../../backend/types";
import { Icon } from "../../components/icon/Icon";
import { RelativeTime } from "../../components/time/RelativeTime";
import { useText } from "../../text/context";
import styles from "./QuoteCard.module.css";

/** QuoteCard is a quoted or forwarded message, as plain text. */
export function QuoteCard({ quote }: { quote: Quote }) {
	const t = useText();
	return (
		<blockquote className={styles.quote}>
			<div className={styles.head}>
				{quote.forwarded && (
					<span className={styles.forwarded}>
						<Icon name="forward" size={16} />
						{t("message.forwarded")}
					</span>
				)}
				<span className={styles.name} dir="auto">
					{quote.from === "" ? t("message.someone") : quote.from}
				</span>
				<RelativeTime time={quote.time} />
			</div>
			<div className={styles.text} dir="auto">
				{quote.text}
			</div>
		</blockquote>
	);
}
