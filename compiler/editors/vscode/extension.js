// Starts `bloom lsp` and leaves everything else to it.
'use strict';

const vscode = require('vscode');
const { LanguageClient, TransportKind } = require('vscode-languageclient/node');

let client;

function make() {
  const settings = vscode.workspace.getConfiguration('bloom');
  const command = settings.get('path') || 'bloom';
  const server = { command, args: ['lsp'], transport: TransportKind.stdio };
  const options = {
    documentSelector: [
      { scheme: 'file', language: 'bloom' },
      { scheme: 'untitled', language: 'bloom' },
    ],
    initializationOptions: { lenses: settings.get('lenses'), points: settings.get('points') },
    synchronize: { configurationSection: 'bloom' },
  };
  return new LanguageClient('bloom', 'Bloom', server, options);
}

async function start() {
  client = make();
  try {
    await client.start();
  } catch (error) {
    const open = 'Open settings';
    const why = `The command bloom cannot be started: ${error.message}`;
    if ((await vscode.window.showErrorMessage(why, open)) === open) {
      vscode.commands.executeCommand('workbench.action.openSettings', 'bloom.path');
    }
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running && running.needsStop()) {
    await running.stop();
  }
}

async function activate(context) {
  const restart = async () => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand('bloom.restart', restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('bloom.path')) {
        restart();
      }
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
