import { useState } from "react";
import { Button } from "../../../components/button/Button";
import { Dialog } from "../../../components/dialog/Dialog";
import { TextField } from "../../../components/field/TextField";
import { useText } from "../../../text/context";
import { sendableURL } from "../doc";

/** Props of LinkDialog. */
export interface LinkDialogProps {
	/** Address of the link around the caret, "" = none. */
	url: string;
	/** What is selected and will be linked, "" = a text is asked for. */
	selected: string;
	onClose: () => void;
	/** An empty address takes the link away. */
	onDone: (url: string, text: string) => void;
}

/** LinkDialog asks for the address of a link, and for its text where none is selected. */
export function LinkDialog({ url: now, selected, onClose, onDone }: LinkDialogProps) {
	const t = useText();
	const [url, setURL] = useState(now);
	const [text, setText] = useState("");
	const [refused, setRefused] = useState(false);
	const asksText = selected === "" && now === "";
	const done = () => {
		const address = complete(url);
		if (address === null) setRefused(true);
		else onDone(address, text.trim() || url.trim());
	};
	return (
		<Dialog
			title={t("composer.linkTitle")}
			onClose={onClose}
			actions={
				<>
					<Button look="primary" onClick={done}>
						{t("composer.linkDone")}
					</Button>
					{now !== "" && <Button onClick={() => onDone("", "")}>{t("composer.linkRemove")}</Button>}
				</>
			}
		>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					done();
				}}
			>
				<TextField
					label={t("composer.linkAddress")}
					value={url}
					autoFocus
					inputMode="url"
					dir="ltr"
					error={refused ? t("composer.linkRefused") : undefined}
					onChange={(value) => {
						setURL(value);
						setRefused(false);
					}}
				/>
				{asksText && <TextField label={t("composer.linkText")} value={text} onChange={setText} />}
				<button type="submit" hidden />
			</form>
		</Dialog>
	);
}

/** complete makes an address of what people type, or null: "contoso.com/x" is meant as https. */
function complete(typed: string): string | null {
	const text = typed.trim();
	if (text.includes("@") && !text.includes(":")) return sendableURL(`mailto:${text}`);
	return (
		sendableURL(text) ??
		(text.includes(":") || !text.includes(".") ? null : sendableURL(`https://${text}`))
	);
}
