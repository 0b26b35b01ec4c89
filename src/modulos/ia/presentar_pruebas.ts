import type { Falla } from '../../ia/pruebas.ts';
import * as fechas from '../../web/fechas.ts';
import type { Corrida, CorridaAbierta, PruebaListada, Resultado } from './consultas.ts';
import { type Entorno, RAZONES, RESULTADOS, milisegundos, modoDe } from './presentar.ts';

const ESPERAS: Record<string, string> = {
  responde: 'Debe contestar',
  pasa: 'Debe pasar con una persona',
  no_contesta: 'No debe contestar',
};

export function presentarPrueba(p: PruebaListada, base: string) {
  const citas = p.citas.map((c) => ({ ...c, titulo: c.falta ? 'un bloque borrado' : c.titulo }));
  return {
    ...p,
    citas,
    ruta: `${base}/pruebas/${p.id}`,
    espera_texto: ESPERAS[p.espera] ?? p.espera,
    condiciones: [
      ...p.contiene.map((c) => `dice «${c.replace(/\s*\|\s*/g, '» o «')}»`),
      ...p.no_contiene.map((c) => `no dice «${c}»`),
      ...citas.map((c) => `cita «${c.titulo}»`),
    ],
    estado: !p.activa
      ? { texto: 'Apagada', tono: '', simbolo: 'pause' }
      : p.paso === null
        ? { texto: 'Sin correr', tono: '', simbolo: 'circle-dashed' }
        : p.paso
          ? { texto: 'Pasa', tono: 'verde', simbolo: 'circle-check' }
          : { texto: 'Falla', tono: 'rojo', simbolo: 'circle-x' },
    fallas: p.activa && p.paso === false ? (p.fallas ?? []) : ([] as Falla[]),
  };
}

/** Una corrida para la lista o su cabecera. */
export function presentarCorrida(c: Corrida, e: Entorno) {
  const andando = c.estado === 'pendiente' || c.estado === 'corriendo';
  return {
    ...c,
    andando: andando && !c.detenida,
    ruta: `${e.base}/pruebas/corridas/${c.id}`,
    cuando: fechas.hace(c.creado, Date.now(), e.zona),
    fallan: c.hechas - c.pasadas,
    titulo: c.con_cambio ? (c.resumen ?? 'Cambio por publicar') : 'Todas las pruebas',
    motivo: c.impedimento ? motivoImpedimento(c.impedimento) : c.error,
    estado_texto: andando
      ? c.detenida
        ? 'Se detuvo'
        : 'Corriendo'
      : c.estado === 'fallida' && c.publicacion !== 'confirmada' && c.publicacion !== 'descartada'
        ? 'No terminó'
        : `${c.pasadas} de ${c.total}`,
    tono: andando ? 'azul' : c.estado === 'fallida' ? 'ambar' : c.pasadas === c.total ? 'verde' : 'rojo',
    destino: c.publicacion && DESTINOS[c.publicacion],
  };
}

const DESTINOS: Record<string, { texto: string; tono: string }> = {
  esperando: { texto: 'Sin publicar', tono: 'ambar' },
  publicada: { texto: 'Publicado', tono: 'verde' },
  confirmada: { texto: 'Publicado aunque rompía', tono: 'ambar' },
  descartada: { texto: 'Descartado', tono: '' },
};

function motivoImpedimento({ motivo }: { motivo: string }): string {
  const textos: Record<string, string> = {
    cambiado: 'Otra persona cambió lo mismo mientras se probaba. Vuelve a hacer tu cambio sobre lo nuevo.',
    duplicado: 'Ya existe un bloque que dice lo mismo.',
    parecido: 'Ya existe un bloque muy parecido; guárdalo desde Conocimiento y confirma ahí.',
    no_existe: 'Lo que querías cambiar ya no existe.',
  };
  return textos[motivo] ?? 'El cambio ya no se puede aplicar.';
}

type Diferencia = { clave: 'rota' | 'arreglada' | 'nueva' | 'igual'; texto: string; tono: string };

function diferenciaDe(r: Resultado, comparada: boolean): Diferencia {
  if (r.paso === null) return { clave: 'igual', texto: 'En espera', tono: '' };
  // Sin con qué comparar, todas serían nuevas: no dice nada.
  if (r.antes === null) return { clave: comparada ? 'nueva' : 'igual', texto: 'Nueva', tono: 'azul' };
  if (r.paso && !r.antes) return { clave: 'arreglada', texto: 'Antes fallaba', tono: 'verde' };
  if (!r.paso && r.antes) return { clave: 'rota', texto: 'Antes pasaba', tono: 'rojo' };
  return { clave: 'igual', texto: 'Igual que antes', tono: '' };
}

/** La página de una corrida: primero lo que se rompió, luego lo que falla. */
export function presentarCorridaAbierta(c: CorridaAbierta, e: Entorno) {
  const resultados = c.resultados.map((r) => {
    const motivo = r.motivo && (RAZONES[r.motivo] ?? null);
    return {
      ...r,
      orden: r.paso === false ? (r.antes ? 0 : 1) : r.paso === null ? 2 : r.antes === false ? 3 : 4,
      diferencia: diferenciaDe(r, c.anterior !== null),
      espera_texto: ESPERAS[r.prueba.espera] ?? '',
      hizo: r.resultado ? (RESULTADOS[r.resultado]?.texto ?? r.resultado) : '',
      motivo,
      datos:
        r.paso === null
          ? ''
          : [
              modoDe(r.modo, r.modelo),
              milisegundos(r.latencia_ms),
              r.tokens ? `${fechas.numero(r.tokens)} tokens` : '',
            ]
              .filter(Boolean)
              .join(' · '),
      ruta: r.existe ? `${e.base}/pruebas/${r.prueba_id}` : '',
    };
  });
  const cuenta = (clave: string) => resultados.filter((r) => r.diferencia.clave === clave).length;
  return {
    ...presentarCorrida(c, e),
    anterior: c.anterior && {
      ruta: `${e.base}/pruebas/corridas/${c.anterior.id}`,
      cuando: fechas.hace(c.anterior.creado, Date.now(), e.zona),
    },
    resultados: resultados.toSorted((a, b) => a.orden - b.orden),
    rompe: cuenta('rota'),
    arregla: cuenta('arreglada'),
    nuevas: cuenta('nueva'),
    cambios: (c.cambio ?? []).map(describirOperacion),
  };
}

const CAMPOS: Record<string, string> = {
  personalidad: 'Personalidad',
  instrucciones: 'Instrucciones',
  modo_respuesta: 'Modo',
  modelo_ia: 'Modelo',
  palabras_pase: 'Palabras de pase',
  mensaje_fuera_de_tema: 'Respuesta fuera de tema',
  reanudar_ia_horas: 'Horas para retomar',
  titulo: 'Título',
  contenido: 'Texto',
};

/** Lo que se va a publicar, campo por campo. */
function describirOperacion(o: { op: string; datos?: Record<string, unknown> }) {
  const titulos: Record<string, string> = {
    ajustes: 'Ajustes',
    bloque: 'Bloque de conocimiento',
    bloques: 'Varios bloques',
    restaurar: 'Volver a una versión',
    importacion: 'Importación de conocimiento',
  };
  const campos = Object.entries(o.datos ?? {}).flatMap(([clave, valor]) => {
    const nombre = CAMPOS[clave];
    if (!nombre || valor === null) return [];
    const texto = Array.isArray(valor)
      ? valor.join(', ')
      : typeof valor === 'string' || typeof valor === 'number'
        ? String(valor)
        : '';
    return [{ nombre, texto: texto || '(vacío)' }];
  });
  return { titulo: titulos[o.op] ?? o.op, campos };
}
