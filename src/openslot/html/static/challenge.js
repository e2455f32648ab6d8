// Solves the puzzle of a booking form (core/challenges.py): in a worker, while the visitor types.

const ROUNDS = Uint32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);
const words = new Uint32Array(64);
const turned = (x, n) => (x >>> n) | (x << (32 - n));

// The first word of SHA-256 (FIPS 180-4). The browser's own is asynchronous, which costs more than the digest itself.
function firstWord(text) {
  const blocks = ((text.length + 8) >> 6) + 1;
  const bytes = new Uint8Array(blocks * 64);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  bytes[text.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 4, text.length * 8);
  const state = Uint32Array.of(
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  );
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(block * 64 + i * 4);
    for (let i = 16; i < 64; i++) {
      const a = words[i - 15];
      const b = words[i - 2];
      const s0 = turned(a, 7) ^ turned(a, 18) ^ (a >>> 3);
      const s1 = turned(b, 17) ^ turned(b, 19) ^ (b >>> 10);
      words[i] = words[i - 16] + s0 + words[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
      const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] += word));
  }
  return state[0];
}

function solution(puzzle, bits) {
  for (let number = 0; ; number++) if (firstWord(`${puzzle}:${number}`) >>> (32 - bits) === 0) return String(number);
}

function begin(part) {
  const form = part.closest("form");
  const field = form.elements["challenge-solution"];
  const status = part.querySelector("[data-with-script]");
  const worker = new Worker(import.meta.url, { type: "module" });
  let pressed = null;
  status.hidden = false;
  part.querySelector("[data-without-script]").hidden = !("byCode" in part.dataset);
  part.setAttribute("aria-busy", "true");
  worker.onmessage = ({ data }) => {
    worker.terminate();
    field.value = data;
    part.removeAttribute("aria-busy");
    status.textContent = part.dataset.solved;
    if (pressed) form.requestSubmit(pressed);
  };
  worker.onerror = () => (part.querySelector("[data-without-script]").hidden = false);
  form.addEventListener(
    "submit",
    (event) => {
      if (field.value || event.submitter?.name || form.elements["challenge-code"]?.value) return;
      event.preventDefault(); // sent once it is solved
      pressed = event.submitter;
      status.textContent = part.dataset.waiting;
    },
    true,
  );
  worker.postMessage([part.dataset.puzzle, Number(part.dataset.bits)]);
}

if (self.document) {
  const part = document.querySelector("#challenge");
  if (part && !part.querySelector("[name=challenge-solution]").value) begin(part);
} else {
  self.onmessage = ({ data }) => self.postMessage(solution(...data));
}
