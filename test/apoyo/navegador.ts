import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type AxeCore from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

// El primero es el mismo motor sin la interfaz de un navegador: la quinta parte menos de procesador.
const BINARIOS = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium-browser',
];
// Sin red de fondo: en una máquina cerrada Chromium insiste en hablar con sus servidores.
const ARGUMENTOS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** El Chromium del sistema. @throws Error que dice qué instalar si no hay ninguno */
export async function abrirNavegador(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? BINARIOS.find((b) => existsSync(b));
  if (!executablePath)
    throw new Error('Falta Chromium para las pruebas de navegador: apt-get install chromium');
  return chromium.launch({ executablePath, args: ARGUMENTOS });
}

/** Una pestaña que junta en `fallas` todo error de consola o de la página. */
export async function abrirPestana(
  navegador: Browser,
  opciones: Parameters<Browser['newContext']>[0] = {},
  fallas: string[] = [],
): Promise<Page> {
  const contexto = await navegador.newContext({
    locale: 'es-MX',
    timezoneId: 'America/Hermosillo',
    viewport: { width: 1440, height: 900 },
    ...opciones,
  });
  const pagina = await contexto.newPage();
  vigilar(pagina, fallas);
  return pagina;
}

export function vigilar(pagina: Page, fallas: string[]): void {
  pagina.on('pageerror', (error) => fallas.push(`${pagina.url()}: ${error.message}`));
  pagina.on('console', (m) => {
    if (m.type() === 'error') fallas.push(`${pagina.url()}: ${m.text()}`);
  });
}

export async function entrar(pagina: Page, url: string, correo: string, clave: string): Promise<void> {
  await pagina.goto(`${url}/login`);
  await pagina.fill('[name=correo]', correo);
  await pagina.fill('[name=clave]', clave);
  await pagina.press('[name=clave]', 'Enter');
  await pagina.waitForURL((u) => !u.pathname.startsWith('/login'));
}

/** Va a una página y espera a que sus controladores estén conectados. */
export async function ir(pagina: Page, url: string): Promise<void> {
  await pagina.goto(url);
  await pagina.locator('html[data-conectada]').waitFor({ state: 'attached' });
}

/**
 * Las dos formas en que se revisa cada página: como llega a un teléfono de noche y, sin volver a pedirla, como queda en un
 * escritorio de día. Pedirla otra vez y volver a cargar axe costaba la mitad de la revisión.
 */
export const MODOS = [
  { ancho: 390, tema: 'dark' },
  { ancho: 1360, tema: 'light' },
] as const;

/** Cambia el ancho y el tema de una página ya abierta, de golpe: a media transición el contraste es otro. */
export async function ponerModo(pagina: Page, modo: (typeof MODOS)[number]): Promise<void> {
  await pagina.evaluate(() => {
    const hoja = new CSSStyleSheet();
    hoja.replaceSync('*, ::before, ::after { transition: none !important }');
    document.adoptedStyleSheets = [hoja];
  });
  await pagina.setViewportSize({ width: modo.ancho, height: 844 });
  await pagina.emulateMedia({ colorScheme: modo.tema, reducedMotion: 'reduce' });
}

declare const axe: typeof AxeCore;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Lo que axe encuentra mal en la página, en una línea por hallazgo.
 * Se le habla directo: su envoltura para Playwright carga dos veces el código sin comprimir y detalla también lo que
 * está bien; cada página tardaba el doble, y revisarlas era la tercera parte de estas pruebas.
 */
export async function hallazgosAxe(pagina: Page): Promise<string[]> {
  if (!(await pagina.evaluate(() => 'axe' in window))) await pagina.evaluate(AXE);
  return pagina.evaluate(async () => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(' ')).join(', ')})`);
  });
}
