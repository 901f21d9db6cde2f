import { useState } from "react";
import { toProblem } from "../../backend/problem";
import { Button } from "../../components/button/Button";
import { usePane } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./More.module.css";

/** More asks the core for older chats of a list. */
export function More({
	id,
	recordKey,
	tabbable,
}: {
	id: string;
	recordKey: string;
	tabbable: boolean;
}) {
	const { backend, model } = usePane();
	const t = useText();
	const [pending, setPending] = useState(false);
	const ask = async () => {
		setPending(true);
		try {
			await backend.api.showMore(recordKey);
		} catch (error) {
			model.notices.report(toProblem(error));
		} finally {
			setPending(false);
		}
	};
	return (
		<div className={styles.more}>
			<Button
				look="subtle"
				data-line={id}
				tabIndex={tabbable ? 0 : -1}
				pending={pending}
				onClick={() => void ask()}
			>
				{t("chatlist.showMore")}
			</Button>
		</div>
	);
}
