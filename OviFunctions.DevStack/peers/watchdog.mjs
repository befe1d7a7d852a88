// Ends the stack's child processes when the stack itself is gone, however it went: the stack holds our stdin open and
// names its children there, one command a line: "add PID" and "remove PID". The end of stdin ends everything that is left.
import { createInterface } from 'node:readline';

const children = new Set();
const signal = (pid, name) => {
  try {
    process.kill(pid, name);
  } catch {
    children.delete(pid); // it has ended
  }
};

// Ctrl-C in a terminal reaches the whole process group; we stay until the stack has cleaned up.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('SIGHUP', () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const [command, text] = line.split(' ');
  const pid = Number(text);
  if (command === 'add' && Number.isInteger(pid) && pid > 1) children.add(pid);
  if (command === 'remove') children.delete(pid);
}

for (const pid of children) signal(pid, 'SIGTERM');
for (let waited = 0; children.size > 0 && waited < 2000; waited += 50) {
  await new Promise(resolve => setTimeout(resolve, 50));
  for (const pid of [...children]) signal(pid, 0);
}
for (const pid of [...children]) signal(pid, 'SIGKILL');
