import type { ReactNode } from "react";
import type { Account } from "../../backend/types";
import { Button } from "../../components/button/Button";
import type { IconName } from "../../components/icon/files";
import { Icon } from "../../components/icon/Icon";
import { ProblemText } from "../../components/problem/ProblemText";
import { Spinner } from "../../components/spinner/Spinner";
import { useIntent, usePane, useValue } from "../../model/context";
import { useText } from "../../text/context";
import { DeviceCode } from "./DeviceCode";
import styles from "./SignIn.module.css";

/** SignIn is the screen before there is an account, and while one signs in. */
export function SignIn({ account }: { account: Account }) {
	const t = useText();
	return (
		<main className={styles.screen}>
			<div className={styles.card}>
				<span className={styles.mark}>
					<Icon name="chats" size={32} />
				</span>
				<h1 className={styles.title}>{t("signin.title")}</h1>
				<p className={styles.text}>{t("signin.text")}</p>
				{account.phase === "signingIn" ? (
					<Waiting account={account} />
				) : (
					<Begin account={account} />
				)}
				<Kept persistent={account.persistent} />
				<FirstHint />
			</div>
		</main>
	);
}

function Begin({ account }: { account: Account }) {
	const { backend } = usePane();
	const t = useText();
	const run = useIntent();
	const { problem } = account;
	const signIn = () => run(backend.api.signIn());
	return (
		<>
			{problem && (
				<ProblemText
					problem={problem}
					onAction={
						problem.action === "openLink"
							? () => run(backend.api.openExternal(problem.url))
							: problem.action === "copyLink"
								? () => run(backend.api.copyText(problem.url))
								: undefined
					}
				/>
			)}
			<div className={styles.actions}>
				<Button look="primary" autoFocus onClick={signIn}>
					{t("signin.button")}
				</Button>
				{account.deviceAllowed && (
					<Button look="subtle" onClick={() => run(backend.api.signInWithCode())}>
						{t("signin.code")}
					</Button>
				)}
			</div>
		</>
	);
}

function Waiting({ account }: { account: Account }) {
	const { backend } = usePane();
	const t = useText();
	const run = useIntent();
	return (
		<>
			{account.deviceCode === "" ? (
				<div className={styles.waiting} role="status">
					<Spinner size={20} />
					<div>
						<p className={styles.strong}>{t("signin.browser")}</p>
						<p>{t("signin.browserText")}</p>
					</div>
				</div>
			) : (
				<DeviceCode code={account.deviceCode} url={account.deviceURL} />
			)}
			<div className={styles.actions}>
				<Button onClick={() => run(backend.api.cancelSignIn())}>{t("signin.cancel")}</Button>
			</div>
		</>
	);
}

/** FirstHint tells on the very first screen what comes next, and never again. */
function FirstHint() {
	const { model } = usePane();
	const t = useText();
	const { hintsSeen } = useValue(model.settings);
	if (hintsSeen.includes("signIn")) return null;
	return (
		<p className={styles.hint}>
			<Icon name="info" size={16} />
			{t("signin.hint")}
		</p>
	);
}

function Kept({ persistent }: { persistent: boolean }) {
	const t = useText();
	if (!persistent) {
		return (
			<Fact icon="warning" title={t("signin.noKeychain")} warning>
				{t("signin.noKeychainText")}
			</Fact>
		);
	}
	return (
		<Fact icon="shield" title={t("signin.kept")}>
			{t("signin.keptText")} {t("signin.goneText")}
		</Fact>
	);
}

function Fact(props: { icon: IconName; title: string; warning?: boolean; children: ReactNode }) {
	return (
		<div className={props.warning ? styles.warning : styles.fact}>
			<Icon name={props.icon} />
			<div>
				<p className={styles.strong}>{props.title}</p>
				<p>{props.children}</p>
			</div>
		</div>
	);
}
