import { cuantos, fecha, hace, numero } from '../../web/fechas.ts';
import type { Inicio, Pendiente } from './consultas.ts';
import type { Estados } from './estados.ts';

export interface Luz {
  nombre: string;
  tono: 'verde' | 'ambar' | 'rojo' | 'gris';
  texto: string;
  accion: { texto: string; ruta: string } | null;
}

export interface Aviso {
  tipo: Pendiente['tipo'] | 'meta';
  icono: string | null;
  nombre: string;
  clave: string;
  titulo: string;
  detalle: string;
  accion: { texto: string; ruta: string } | null;
}

interface DatosDeLuces {
  inicio: Inicio;
  estados: Estados;
  produccion: boolean;
  ahora: Date;
}

/** Una luz por servicio. `ads`: la página de anuncios, o null si quien mira no entra a ella. */
export function presentarLuces(d: DatosDeLuces, ads: string | null): Luz[] {
  const { inicio, estados, produccion, ahora } = d;
  return [
    luzWhatsapp(inicio, estados.whatsapp, produccion, ahora),
    luzIa(inicio, estados.ia, ahora),
    ...luzMeta(inicio.ads, ads, ahora),
    {
      nombre: 'Base de datos',
      tono: estados.base.ok ? 'verde' : 'ambar',
      texto: estados.base.ok
        ? 'en orden, revisada ahora'
        : `${estados.base.detalle || 'con problemas'}, revisada ahora; los datos siguen a salvo, los avisos en vivo pueden tardar`,
      accion: null,
    },
  ];
}

function luzWhatsapp(inicio: Inicio, estado: Estados['whatsapp'], produccion: boolean, ahora: Date): Luz {
  const ultimo = inicio.ultimo_recibido
    ? `último mensaje ${hace(inicio.ultimo_recibido, ahora)}`
    : 'aún sin mensajes';
  const luz = (tono: Luz['tono'], texto: string, accion: Luz['accion'] = null): Luz => ({
    nombre: 'WhatsApp',
    tono,
    texto,
    accion,
  });
  if (!inicio.nora.numero_nora)
    return luz('ambar', 'sin número: pide a quien administra tu cuenta que conecte el tuyo');
  if (estado === 'revisando') return luz('gris', `revisando la conexión, ${ultimo}`);
  if (estado.simulado)
    return luz(
      'ambar',
      `en modo de prueba, ${ultimo}`,
      produccion ? null : { texto: 'Abrir el simulador', ruta: '/simulador' },
    );
  const cuando = hace(estado.revisado, ahora);
  return estado.ok
    ? luz('verde', `conectado, revisado ${cuando}`)
    : luz('rojo', `${sinPunto(estado.detalle)} (revisado ${cuando})`);
}

function luzIa(inicio: Inicio, estado: Estados['ia'], ahora: Date): Luz {
  const luz = (tono: Luz['tono'], texto: string): Luz => ({ nombre: 'IA', tono, texto, accion: null });
  if (!inicio.nora.ia_activa) return luz('gris', 'apagada: sólo contesta tu equipo');
  const { ultima_ia: ultima } = inicio;
  if (estado === null) {
    const cuando = ultima ? `; última respuesta ${hace(ultima.cuando, ahora)}` : '';
    return luz(
      'ambar',
      `en modo local: contesta con tus bloques de conocimiento, falta conectar un modelo${cuando}`,
    );
  }
  if (estado === 'revisando') return luz('gris', 'revisando la conexión');
  if (!estado.ok)
    return luz(
      'rojo',
      `${sinPunto(estado.detalle)}; mientras, contesta en modo local (revisada ${hace(estado.revisado, ahora)})`,
    );
  const revisada = `revisada ${hace(estado.revisado, ahora)}`;
  if (ultima?.modo === 'openai' && ultima.modelo && ultima.latencia_ms !== null)
    return luz(
      'verde',
      `${ultima.modelo}, ${numero(ultima.latencia_ms / 1000)} s la última respuesta, ${revisada}`,
    );
  return luz('verde', `${sinPunto(estado.detalle) || 'conectada'}, ${revisada}`);
}

const MALES: Readonly<Record<string, [Luz['tono'], string]>> = {
  por_vencer: ['ambar', 'el permiso está por vencer'],
  vencida: ['rojo', 'el permiso venció: no llegan cifras ni salen reportes'],
  sin_permiso: ['rojo', 'el permiso ya no deja ver la cuenta'],
  error: ['rojo', 'la última sincronización falló'],
};

/** La fecha manda sobre el estado guardado: puede haber vencido desde la última revisión. */
function malDe(mal: NonNullable<NonNullable<Inicio['ads']>['mal']>, ahora: Date): [Luz['tono'], string] {
  const muerto = MALES[mal.estado];
  if (muerto && mal.estado !== 'por_vencer') return muerto;
  const vencio = mal.expira !== null && new Date(mal.expira) <= ahora;
  return MALES[vencio ? 'vencida' : 'por_vencer'] ?? ['ambar', 'el permiso está por vencer'];
}

/** Cómo va Meta; nada si no hay módulo, o si quien mira no entra a él. */
function luzMeta(ads: Inicio['ads'], base: string | null, ahora: Date): Luz[] {
  if (!ads || !base) return [];
  const cuentas = { texto: 'Ver cuentas', ruta: `${base}/cuentas` };
  const luz = (tono: Luz['tono'], texto: string, accion: Luz['accion'] = null): Luz[] => [
    { nombre: 'Meta', tono, texto, accion },
  ];
  if (ads.cuentas === 0) return luz('gris', 'sin cuentas de anuncios', { ...cuentas, texto: 'Conectar' });
  if (ads.mal) {
    const [tono, texto] = malDe(ads.mal, ahora);
    return luz(tono, `${ads.mal.nombre}: ${texto}`, cuentas);
  }
  if (ads.demo) return luz('ambar', 'con datos de demostración', cuentas);
  return luz(
    'verde',
    ads.ultima ? `en orden, traída ${hace(ads.ultima, ahora)}` : 'conectada, trayendo sus cifras',
  );
}

/** Lo que en anuncios espera a alguien. */
export function avisosMeta(ads: Inicio['ads'], base: string | null, ahora: Date): Aviso[] {
  if (!ads || !base) return [];
  const avisos: Aviso[] = [];
  if (ads.mal) {
    const [tono, texto] = malDe(ads.mal, ahora);
    avisos.push({
      tipo: 'meta',
      nombre: ads.mal.nombre,
      clave: 'meta',
      icono: 'triangle-alert',
      titulo: `Anuncios: ${texto}`,
      detalle: `${ads.mal.nombre}${ads.mal.n > 1 ? ` y ${numero(ads.mal.n - 1)} más` : ''}${ads.mal.expira && tono === 'ambar' ? ` · vence el ${fecha(ads.mal.expira)}` : ''}`,
      accion: { texto: 'Reconectar', ruta: `${base}/cuentas` },
    });
  }
  if (ads.por_aprobar > 0)
    avisos.push({
      tipo: 'meta',
      nombre: 'Reportes',
      clave: 'reportes',
      icono: 'file-text',
      titulo: cuantos(ads.por_aprobar, 'reporte espera tu aprobación', 'reportes esperan tu aprobación'),
      detalle: 'no salen hasta que los apruebes',
      accion: { texto: 'Revisar', ruta: `${base}/reportes` },
    });
  return avisos;
}

/** Para seguir la frase después de lo que dijo otro. */
export function sinPunto(texto: string): string {
  return texto.trim().replace(/\.$/, '');
}
