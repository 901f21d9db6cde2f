import { useState } from "react";
import { Button } from "../../components/button/Button";
import { useIntent, usePane } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./SignIn.module.css";

/** DeviceCode shows the code to type on another device, or in any browser. */
export function DeviceCode({ code, url }: { code: string; url: string }) {
	const { backend } = usePane();
	const t = useText();
	const run = useIntent();
	const [copied, setCopied] = useState(false);
	const copy = async () => {
		await backend.api.copyText(code);
		setCopied(true);
	};
	return (
		<div className={styles.device}>
			<p className={styles.strong}>{t("signin.enterCode")}</p>
			<p>{t("signin.enterCodeText")}</p>
			<p className={styles.url}>{url}</p>
			<output className={styles.code} dir="ltr">
				{code}
			</output>
			<div className={styles.actions}>
				<Button look="primary" icon="open" onClick={() => run(backend.api.openExternal(url))}>
					{t("signin.openPage")}
				</Button>
				<Button icon="copy" onClick={() => run(copy())}>
					{t(copied ? "signin.copied" : "signin.copyCode")}
				</Button>
			</div>
		</div>
	);
}
