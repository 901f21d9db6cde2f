import { useState } from "react";
import type { Health, Warning } from "../../backend/types";
import { Banner } from "../../components/banner/Banner";
import { Button } from "../../components/button/Button";
import { IconButton } from "../../components/button/IconButton";
import { useIntent, usePane, useValue } from "../../model/context";
import { useText, useWords, valuesOf } from "../../text/context";
import type { Page } from "./TopBar";

/** Conditions says what lasts: that one is offline, and the core's warnings. */
export function Conditions({ onShow }: { onShow: (page: Page) => void }) {
	const { model } = usePane();
	const health = useValue(model.health);
	const broken = useValue(model.broken);
	const [dismissed, setDismissed] = useState<readonly string[]>([]);
	if (!health) return null;
	const shown = health.warnings.filter((w) => !dismissed.includes(w.code));
	return (
		<>
			{broken && <BrokenBanner />}
			<Connection health={health} />
			{shown.map((warning) => (
				<WarningBanner
					key={warning.code}
					warning={warning}
					onShow={onShow}
					onDismiss={() => setDismissed([...dismissed, warning.code])}
				/>
			))}
		</>
	);
}

function BrokenBanner() {
	const t = useText();
	return (
		<Banner tone="danger" icon="error">
			{t("broken.text")}
		</Banner>
	);
}

function Connection({ health }: { health: Health }) {
	const t = useText();
	const waiting = health.pending > 0 && t("shell.pending", { count: health.pending });
	switch (health.connection) {
		case "offline":
			return (
				<Banner tone="warning" icon="offline">
					{t("shell.offlineMeans")} {waiting && <strong>{waiting}</strong>}
				</Banner>
			);
		case "throttled":
			return (
				<Banner tone="info" icon="time">
					{t("shell.throttledMeans")} {waiting}
				</Banner>
			);
		default:
			return null;
	}
}

function WarningBanner(props: {
	warning: Warning;
	onShow: (page: Page) => void;
	onDismiss: () => void;
}) {
	const { warning, onShow, onDismiss } = props;
	const { backend } = usePane();
	const words = useWords();
	const run = useIntent();
	const action = () => {
		switch (warning.action) {
			case "signIn":
				return (
					<Button size="small" onClick={() => run(backend.api.signIn())}>
						{words.t("problem.signIn")}
					</Button>
				);
			case "retry":
				return (
					<Button size="small" onClick={() => run(backend.api.refresh())}>
						{words.t("problem.retry")}
					</Button>
				);
			case "settings":
				return (
					<Button size="small" onClick={() => onShow("diagnostics")}>
						{words.t("shell.diagnostics")}
					</Button>
				);
			case "openLink":
				return (
					<Button size="small" onClick={() => run(backend.api.openExternal(warning.url))}>
						{words.t("problem.open")}
					</Button>
				);
			default:
				return null;
		}
	};
	return (
		<Banner
			tone="warning"
			icon="warning"
			actions={
				<>
					{action()}
					<IconButton
						icon="close"
						size="small"
						label={words.t("problem.dismiss")}
						onClick={onDismiss}
					/>
				</>
			}
		>
			{words.condition("warning", warning.code, valuesOf(warning.args))}
		</Banner>
	);
}
