import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { icons } from "./plugins/icons.ts";
import { locales } from "./plugins/locales.ts";
import { policy } from "./plugins/policy.ts";
import { tokens } from "./plugins/tokens.ts";
import { words } from "./plugins/words.ts";
import { iconFiles } from "./src/components/icon/files.ts";

const root = import.meta.dirname;

export default defineConfig({
	root,
	// Relative, for the pane is served from wails:// and from the demo's bridge.
	base: "./",
	plugins: [react(), words(), policy(), tokens(root), icons(iconFiles), locales(["en", "de"])],
	build: {
		target: ["chrome120", "safari16"],
		// A data: URL in a script or style would need a wider policy.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		reportCompressedSize: true,
	},
	css: { modules: { localsConvention: "camelCaseOnly" } },
	test: {
		environment: "jsdom",
		include: ["src/**/*.test.{ts,tsx}", "plugins/**/*.test.ts"],
		setupFiles: ["./src/test/setup.ts"],
		css: { modules: { classNameStrategy: "non-scoped" } },
		restoreMocks: true,
		testTimeout: 30_000,
		maxWorkers: 2,
	},
});
