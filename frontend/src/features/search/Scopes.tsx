import type { Scope, Search } from "../../model/views";
import { useText } from "../../text/context";
import { Choice } from "./Choice";

/** Props of Scopes. */
export interface ScopesProps {
	value: Scope;
	/** Key of the active record, "" is home. */
	recordKey: string;
	search: Search;
	onChange: (scope: Scope) => void;
}

/** Scopes chooses where to search; nothing shows where there is no choice. */
export function Scopes({ value, recordKey, search, onChange }: ScopesProps) {
	const t = useText();
	const scopes = scopesOf(recordKey, search);
	if (scopes.length < 2) return null;
	return (
		<Choice
			label={t("search.scope")}
			options={scopes.map((id) => ({ id, label: t(`search.scope.${id}`) }))}
			value={value}
			onChange={onChange}
		/>
	);
}

/** scopeOf is the scope that was asked for, or all chats where it means nothing. */
export function scopeOf(scope: Scope, recordKey: string, search: Search): Scope {
	return scopesOf(recordKey, search).includes(scope) ? scope : "all";
}

function scopesOf(recordKey: string, search: Search): Scope[] {
	return [
		"all",
		...(recordKey === "" ? [] : (["record"] as const)),
		...(search.chat === "" ? [] : (["chat"] as const)),
	];
}
