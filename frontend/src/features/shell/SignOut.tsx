import { Button } from "../../components/button/Button";
import { Dialog } from "../../components/dialog/Dialog";
import { useIntent, usePane, useValue } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./SignOut.module.css";

/** SignOut lists what is still unsent and asks whether to send or to discard it. */
export function SignOut({ onClose }: { onClose: () => void }) {
	const { backend } = usePane();
	const t = useText();
	const run = useIntent();
	return (
		<Dialog
			title={t("signOut.title")}
			kind="alert"
			onClose={onClose}
			actions={
				<>
					<Button
						look="danger"
						onClick={() => {
							run(backend.api.signOutDiscarding());
							onClose();
						}}
					>
						{t("signOut.discard")}
					</Button>
					<Button
						look="primary"
						autoFocus
						onClick={() => {
							run(backend.api.refresh());
							onClose();
						}}
					>
						{t("signOut.keep")}
					</Button>
				</>
			}
		>
			<Unsent />
		</Dialog>
	);
}

function Unsent() {
	const { model } = usePane();
	const t = useText();
	const account = useValue(model.account);
	const chats = [...useValue(model.chats).values()];
	const waiting = chats.filter((c) => c.pending + c.failed > 0);
	const drafts = chats.filter((c) => c.draft !== "");
	return (
		<>
			<p>{t("signOut.means", { count: account?.unsent ?? 0 })}</p>
			<ul className={styles.unsent}>
				{waiting.map((c) => (
					<li key={c.id} dir="auto">
						{t("signOut.chat", { title: c.title, count: c.pending + c.failed })}
					</li>
				))}
				{drafts.map((c) => (
					<li key={`draft ${c.id}`} dir="auto">
						{t("signOut.draft", { title: c.title })}
					</li>
				))}
			</ul>
		</>
	);
}
