import type { MessageRow } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { Icon } from "../../components/icon/Icon";
import { Spinner } from "../../components/spinner/Spinner";
import { useIntent, usePane, useValue } from "../../model/context";
import { useText, useWords } from "../../text/context";
import styles from "./EchoState.module.css";

/** EchoState tells how far an own message is on its way, and what can be done where it is stuck. */
export function EchoState({ message }: { message: MessageRow }) {
	const { model } = usePane();
	const t = useText();
	const offline = useValue(model.health)?.connection === "offline";
	switch (message.state) {
		case "parked":
			return <Parked message={message} />;
		case "sending":
			return (
				<div className={styles.state}>
					<Spinner size={16} />
					{t("message.sending")}
				</div>
			);
		case "unsure":
			return (
				<div className={styles.state}>
					<Spinner size={16} />
					{t("message.unsure")}
				</div>
			);
		default:
			return (
				<div className={styles.state}>
					<Icon name="pending" size={16} />
					{t(offline ? "message.waitingOffline" : "message.waiting")}
				</div>
			);
	}
}

function Parked({ message }: { message: MessageRow }) {
	const { backend } = usePane();
	const intent = useIntent();
	const words = useWords();
	const reason = message.reason === "" ? "other" : message.reason;
	return (
		<div className={styles.parked}>
			<div className={styles.reason}>
				<Icon name="failed" size={16} />
				<span>
					<strong>{words.t("message.notSent")}</strong> {words.code("problem", reason, {}, "what")}
				</span>
			</div>
			<div className={styles.actions}>
				<Button size="small" onClick={() => intent(backend.api.retry(message.op))}>
					{words.t("message.retry")}
				</Button>
				<Button size="small" look="subtle" onClick={() => intent(backend.api.discard(message.op))}>
					{words.t("message.discard")}
				</Button>
			</div>
		</div>
	);
}
