import type { ReactNode } from "react";
import { Button } from "../../components/button/Button";
import { EmptyState } from "../../components/empty/EmptyState";
import { useProblemWords } from "../../components/problem/ProblemText";
import { Skeleton } from "../../components/spinner/Skeleton";
import { useIntent, usePane, useRow } from "../../model/context";
import type { StartForm } from "../../model/views";
import { useText } from "../../text/context";
import type { Shown } from "./items";

/** Props of Blank. */
export interface BlankProps {
	shown: Shown;
	recordKey: string;
	onStart: (form: StartForm) => void;
}

/** Blank stands where a section has no chats, and says why. */
export function Blank({ shown, recordKey, onStart }: BlankProps) {
	const { backend } = usePane();
	const t = useText();
	const run = useIntent();
	const retry = (
		<Button size="small" onClick={() => run(backend.api.refresh())}>
			{t("chatlist.retry")}
		</Button>
	);
	switch (shown.state) {
		case "loading":
			return <Skeleton rows={3} label={t("chatlist.loading")} />;
		case "offline":
			return (
				<EmptyState icon="offline" title={t("chatlist.offline")} size="small">
					{t("chatlist.offlineMeans")}
				</EmptyState>
			);
		case "error":
			return <Failed problem={shown.section.problem ?? null} retry={retry} />;
		case "ready":
			return <Empty kind={shown.kind} recordKey={recordKey} onStart={onStart} />;
	}
}

function Failed({
	problem,
	retry,
}: {
	problem: Shown["section"]["problem"] | null;
	retry: ReactNode;
}) {
	const t = useText();
	return (
		<EmptyState icon="error" title={t("chatlist.error")} size="small" actions={retry}>
			{problem && <Why problem={problem} />}
		</EmptyState>
	);
}

function Why({ problem }: { problem: NonNullable<Shown["section"]["problem"]> }) {
	const { what, todo } = useProblemWords(problem);
	return `${what}. ${todo}`;
}

function Empty({ kind, recordKey, onStart }: Omit<BlankProps, "shown"> & { kind: Shown["kind"] }) {
	const { model } = usePane();
	const t = useText();
	const enabled = useRow(model.records, recordKey)?.enabled ?? false;
	switch (kind) {
		case "thisRecord":
			return (
				<EmptyState
					icon="chats"
					title={t("chatlist.thisRecord.empty")}
					size="small"
					actions={
						enabled && (
							<Button
								size="small"
								icon="newChat"
								onClick={() => onStart({ record: recordKey, people: [] })}
							>
								{t("chatlist.newConnected")}
							</Button>
						)
					}
				>
					{enabled && t("chatlist.thisRecord.emptyMeans")}
				</EmptyState>
			);
		case "linked":
			return (
				<EmptyState icon="connect" title={t("chatlist.linked.empty")} size="small">
					{t("chatlist.linked.emptyMeans")}
				</EmptyState>
			);
		case "otherRecords":
			return <EmptyState icon="connect" title={t("chatlist.otherRecords.empty")} size="small" />;
		case "others":
			return <EmptyState icon="chat" title={t("chatlist.others.empty")} size="small" />;
	}
}
