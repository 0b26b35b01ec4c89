import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { DEMO } from '../../src/demo/datos.ts';
import { abrirNavegador, abrirPestana, entrar } from '../../test/apoyo/navegador.ts';
import { ADMIN, type Banco } from './banco.ts';
import { mediana } from './estadistica.ts';
import type { Renglon } from './tabla.ts';

const VECES = 5;
/** Las páginas donde la gente pasa el día, con los datos de la demostración. */
const PAGINAS = [
  '/panel_cliente/aura',
  '/panel_cliente/aura/chat',
  '/panel_cliente/aura/contactos',
  '/panel_cliente/aura/conocimiento',
  '/panel_cliente/aura/ia/auditoria',
  '/panel_cliente/aura/ads',
  '/admin/dashboard',
  '/admin/noras',
];

interface Visita {
  /** Primer pintado con contenido, ms desde que se pidió la página. */
  primero: number;
  kb: number;
  salto: number;
}

interface Pintado {
  ruta: string;
  /** Como la primera vez: pestaña nueva y caché vacía. */
  fria: Visita;
  /** Como quien ya trabaja: en su pestaña, con los archivos guardados. */
  tibia: Visita;
}

type EntradaSalto = PerformanceEntry & { value: number; hadRecentInput: boolean };

/** Lo que ve una persona en Chromium: cuándo aparece algo, cuánto CSS y JavaScript baja y si la página brinca. */
export async function medirPintado(banco: Banco): Promise<Renglon[]> {
  const nora = await banco.arrancar({ NORA_DEMO: '1' });
  const navegador = await abrirNavegador();
  try {
    const duena = DEMO.usuarios.find((u) => u.correo === 'mariana@aura.local');
    if (!duena) throw new Error('La demostración ya no trae a la dueña de aura');
    const medidas: Pintado[] = [];
    const vara = await pintarVacia(navegador);
    for (const quien of [duena, ADMIN]) {
      const pagina = await abrirPestana(navegador);
      await entrar(pagina, nora.url, quien.correo, quien.clave);
      for (const ruta of PAGINAS.filter((r) => r.startsWith('/admin') === (quien === ADMIN)))
        medidas.push(await pintar(navegador, pagina, nora.url, ruta));
      await pagina.context().close();
    }
    return resumen(medidas, vara);
  } finally {
    await navegador.close();
    await nora.parar();
  }
}

/** La vara de medir: una página de un renglón sin nada que bajar, en el mismo navegador y la misma corrida. */
async function pintarVacia(navegador: Browser): Promise<Pintado> {
  const vacia = createServer((_req, res) => {
    res
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><title>Vacía</title><h1>Hola</h1>');
  });
  await new Promise<void>((listo) => vacia.listen(0, '127.0.0.1', listo));
  const pagina = await abrirPestana(navegador);
  try {
    return await pintar(navegador, pagina, `http://127.0.0.1:${(vacia.address() as AddressInfo).port}`, '/');
  } finally {
    await pagina.context().close();
    vacia.closeAllConnections();
    vacia.close();
  }
}

/** Medianas de varias visitas; la primera de cada clase calienta y no cuenta. */
async function pintar(navegador: Browser, pagina: Page, url: string, ruta: string): Promise<Pintado> {
  const storageState = await pagina.context().storageState();
  const [frias, tibias]: [Visita[], Visita[]] = [[], []];
  for (let i = 0; i <= VECES; i++) {
    const nueva = await abrirPestana(navegador, { storageState });
    const fria = await visitar(nueva, url + ruta);
    await nueva.context().close();
    const tibia = await visitar(pagina, url + ruta);
    if (i === 0) continue;
    frias.push(fria);
    tibias.push(tibia);
  }
  return { ruta, fria: medianas(frias), tibia: medianas(tibias) };
}

async function visitar(pagina: Page, url: string): Promise<Visita> {
  const respuesta = await pagina.goto(url, { waitUntil: 'load' });
  if (respuesta?.status() !== 200) throw new Error(`${url} contestó ${respuesta?.status()}`);
  await pagina.waitForTimeout(300);
  return pagina.evaluate(async () => {
    const saltos = await new Promise<EntradaSalto[]>((listo) => {
      const juntos: EntradaSalto[] = [];
      new PerformanceObserver((l) => juntos.push(...(l.getEntries() as EntradaSalto[]))).observe({
        type: 'layout-shift',
        buffered: true,
      });
      setTimeout(() => listo(juntos), 50);
    });
    const bajado = (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).filter((r) =>
      /\.(css|js)(\?|$)/.test(r.name),
    );
    return {
      primero: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
      kb: bajado.reduce((n, r) => n + r.encodedBodySize, 0) / 1024,
      salto: saltos.reduce((n, s) => n + (s.hadRecentInput ? 0 : s.value), 0),
    };
  });
}

function medianas(visitas: Visita[]): Visita {
  const de = (campo: keyof Visita): number => mediana(visitas.map((v) => v[campo]));
  return { primero: de('primero'), kb: de('kb'), salto: de('salto') };
}

function resumen(medidas: Pintado[], vara: Pintado): Renglon[] {
  const peor = (clase: 'fria' | 'tibia', campo: keyof Visita) => {
    const orden = medidas.toSorted((a, b) => b[clase][campo] - a[clase][campo]);
    return {
      ruta: orden[0]?.ruta ?? '',
      valor: orden[0]?.[clase][campo] ?? 0,
      menor: orden.at(-1)?.[clase][campo] ?? 0,
    };
  };
  const pintado = (clase: 'fria' | 'tibia', que: string): Renglon => {
    const p = peor(clase, 'primero');
    return {
      que,
      resultado: `from ${Math.round(p.menor)} to ${Math.round(p.valor)} ms (${p.ruta}); an empty page, ${Math.round(vara[clase].primero)} ms`,
      meta: '< 200 ms',
      cumple: p.valor < 200,
    };
  };
  const [pesada, brinca] = [peor('fria', 'kb'), peor('fria', 'salto')];
  return [
    pintado('tibia', `First paint in Chromium, moving between ${medidas.length} pages (medians of ${VECES})`),
    pintado('fria', 'First paint, new tab and empty cache'),
    {
      que: 'CSS and JavaScript of the heaviest page, gzipped',
      resultado: `${Math.round(pesada.valor)} kB (${pesada.ruta})`,
      meta: '< 120 kB',
      cumple: pesada.valor < 120,
    },
    {
      que: 'Layout shift (CLS), worst page',
      resultado: `${brinca.valor.toFixed(3)} (${brinca.ruta})`,
      meta: '< 0.01',
      cumple: brinca.valor < 0.01,
    },
  ];
}
