// The one script of the node's own pages, as the browser gets it. It makes passkeys work, keeps a second click from sending
// twice, counts a wait down, and prints. Everything else works without it.
import { createHash } from 'node:crypto';

export const BROWSER_SCRIPT = `'use strict';
(() => {
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  };
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
  const withBytes = (list) => (list || []).map((item) => ({ ...item, id: bytes(item.id) }));
  const plain = (credential) => {
    const { response } = credential;
    const out = {
      id: credential.id, rawId: text(credential.rawId), type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: { clientDataJSON: text(response.clientDataJSON) },
    };
    if (response.attestationObject) {
      out.response.attestationObject = text(response.attestationObject);
      out.response.transports = response.getTransports ? response.getTransports() : [];
    } else {
      out.response.authenticatorData = text(response.authenticatorData);
      out.response.signature = text(response.signature);
      if (response.userHandle) out.response.userHandle = text(response.userHandle);
    }
    return JSON.stringify(out);
  };
  const ask = async (form) => {
    const answer = await fetch(form.dataset.options, { method: 'POST', headers: { 'x-form-token': form.elements.token.value }, credentials: 'same-origin' });
    if (!answer.ok) throw new Error('options');
    const options = await answer.json();
    options.challenge = bytes(options.challenge);
    if (form.dataset.passkey === 'get') {
      options.allowCredentials = withBytes(options.allowCredentials);
      return navigator.credentials.get({ publicKey: options });
    }
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = withBytes(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  };
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    if (!window.PublicKeyCredential || !navigator.credentials) continue;
    form.hidden = false;
    const trouble = form.querySelector('[data-trouble]');
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (form.dataset.busy) return;
      form.dataset.busy = '1';
      trouble.hidden = true;
      try {
        const credential = await ask(form);
        form.elements.credential.value = plain(credential);
        form.submit();
      } catch (error) {
        delete form.dataset.busy;
        trouble.hidden = false;
        trouble.textContent = error.name === 'NotAllowedError' || error.name === 'AbortError' ? form.dataset.cancelled
          : error.name === 'InvalidStateError' ? form.dataset.known : form.dataset.failed;
      }
    });
  }
  for (const form of document.querySelectorAll('form:not([data-passkey])')) {
    form.addEventListener('submit', (event) => {
      if (form.dataset.busy) return event.preventDefault();
      form.dataset.busy = '1';
      for (const button of form.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true');
    });
  }
  addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-busy]')) {
      delete form.dataset.busy;
      for (const button of form.querySelectorAll('button')) button.removeAttribute('aria-disabled');
    }
  });
  for (const wait of document.querySelectorAll('[data-seconds]')) {
    let left = Number(wait.dataset.seconds);
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) wait.textContent = wait.dataset.text.replace('{seconds}', String(left));
      else { clearInterval(timer); wait.textContent = wait.dataset.over; }
    }, 1000);
  }
  for (const button of document.querySelectorAll('[data-print]')) {
    button.hidden = false;
    button.addEventListener('click', () => print());
  }
})();
`;
export const SCRIPT_VERSION = createHash('sha256').update(BROWSER_SCRIPT).digest('base64url').slice(0, 12);
