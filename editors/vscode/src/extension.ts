/** Starts `asynclint server` with the Python of the workspace, and again whenever that changes. */

import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

/** What we use of the Python extension: https://github.com/microsoft/vscode-python/wiki/Python-Environment-APIs */
interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(environment: { readonly path: string }): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

let client: LanguageClient | undefined;
let pending: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const python = await pythonExtension();
  const restart = (): Promise<void> => {
    // one after the other: a client that is starting cannot be stopped
    pending = pending.then(() => stop()).then(() => start(python));
    return pending;
  };
  context.subscriptions.push(
    vscode.commands.registerCommand("asynclint.restartServer", restart),
    vscode.commands.registerCommand("asynclint.whyHere", whyHere),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("asynclint.interpreter")) {
        void restart();
      }
    }),
  );
  if (python !== undefined) {
    context.subscriptions.push(python.environments.onDidChangeActiveEnvironmentPath(() => void restart()));
  }
  await restart();
}

export async function deactivate(): Promise<void> {
  await pending;
  await stop();
}

async function start(python: PythonExtension | undefined): Promise<void> {
  const command = await interpreter(python);
  const server: ServerOptions = { command, args: ["-m", "asynclint", "server"], options: { cwd: folder()?.uri.fsPath } };
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: "file", language: "python" }],
    outputChannelName: "asynclint",
    synchronize: { configurationSection: "asynclint" },
  };
  const starting = new LanguageClient("asynclint", "asynclint", server, options);
  try {
    await starting.start();
    client = starting;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(
      `asynclint does not start with ${command} (${words}). Install it there: pip install "asynclint[lsp]"`,
    );
  }
}

async function stop(): Promise<void> {
  const stopping = client;
  client = undefined;
  await stopping?.stop();
}

/** The interpreter that is set, else the one of the workspace, else the first on the path. */
async function interpreter(python: PythonExtension | undefined): Promise<string> {
  const set = vscode.workspace.getConfiguration("asynclint", folder()).get<string>("interpreter");
  if (set) {
    return set;
  }
  if (python !== undefined) {
    const active = python.environments.getActiveEnvironmentPath(folder()?.uri);
    const found = await python.environments.resolveEnvironment(active);
    if (found?.executable.uri !== undefined) {
      return found.executable.uri.fsPath;
    }
  }
  return process.platform === "win32" ? "python" : "python3";
}

async function pythonExtension(): Promise<PythonExtension | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  return extension?.activate();
}

function folder(): vscode.WorkspaceFolder | undefined {
  return vscode.workspace.workspaceFolders?.[0];
}

async function whyHere(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor !== undefined && client !== undefined) {
    const place = [editor.document.uri.toString(), editor.selection.active.line];
    await client.sendRequest("workspace/executeCommand", { command: "asynclint.why", arguments: place });
  }
}
