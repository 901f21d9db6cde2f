import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
	base: "./",
	plugins: [react()],
	build: { target: ["chrome120", "safari16"], modulePreload: { polyfill: false } },
});
