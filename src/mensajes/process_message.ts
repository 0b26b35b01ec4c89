import type { Contexto } from '../contexto.ts';
import type { EntradaIA, SalidaIA } from '../ia/contexto_ia.ts';
import { leerCortesia } from '../ia/cortesia.ts';
import { handleAi } from '../ia/handle_ai.ts';
import { leerHorario } from '../ia/horario.ts';
import { palabraDePase, pidePersona, textoPaseHumano } from '../ia/modo_local.ts';
import { dividir, MAXIMO_PIE } from '../integraciones/dividir.ts';
import {
  type CierreRafaga,
  type ContextoRafaga,
  type Guardado,
  guardarRespuesta,
  leerContextoRafaga,
  type MensajeRafaga,
  type TurnoCarril,
  terminarTurno,
} from './consultas.ts';
import { etiquetarPorReglas } from './etiquetar.ts';
import { parecenDosBots } from './guardas.ts';
import { leerPreferencia, textoPreferencia, ultimaPreferencia } from './preferencia.ts';
import { type DatosVariables, rellenar } from './variables.ts';

type Piezas = Pick<Contexto, 'bd' | 'config' | 'modelo' | 'registrarError'> & {
  vivo: Pick<Contexto['vivo'], 'emitir'>;
};

/**
 * Decide qué se hace con lo que un contacto acaba de escribir y lo guarda: un solo resultado por ráfaga. Si
 * mientras tanto llegó algo más o una persona intervino, lo pensado se tira y el turno vuelve a correr.
 * @throws si la base falla: el carril reintenta
 */
export async function processMessage(
  ctx: Piezas & Pick<Contexto, 'vivo'>,
  turno: TurnoCarril,
  senal: AbortSignal,
): Promise<void> {
  const { tokensConocimiento, tokensHistorial } = ctx.config.ia;
  const contexto = await leerContextoRafaga(
    ctx.bd.servicio,
    turno.contacto_id,
    tokensConocimiento,
    tokensHistorial,
  );
  if (!contexto?.pendiente || contexto.rafaga.length === 0) {
    await terminarTurno(ctx.bd.servicio, 'respuesta', turno);
    return;
  }
  const cierre = await pensarRespuesta(ctx, contexto, senal);
  if (senal.aborted) return;
  const guardado = await guardarRespuesta(ctx.bd.servicio, turno, contexto.epoca, cierre);
  if (guardado.r === 'ajena') return;
  ctx.bd.avisar('atenciones');
  if (guardado.r === 'guardada') anunciar(ctx, turno, cierre, guardado);
  await etiquetarPorReglas(ctx, turno, contexto.rafaga);
}

function anunciar(ctx: Piezas, turno: TurnoCarril, cierre: CierreRafaga, guardado: Guardado): void {
  const { nombre_nora, contacto_id } = turno;
  const ultimo = guardado.ids?.at(-1);
  if (ultimo) ctx.vivo.emitir(nombre_nora, 'mensaje:nuevo', { contacto_id, id: ultimo, autor: 'ia' });
  if (cierre.pasar || cierre.acepta_envios !== undefined || guardado.etiquetas?.length) {
    ctx.vivo.emitir(nombre_nora, 'contacto:actualizado', { contacto_id });
  }
}

/** Lo que la IA tuvo delante y lo que dijo, para quien quiera mostrarlo. */
export type Observador = (entrada: EntradaIA, salida: SalidaIA) => void;

/**
 * La decisión, en orden: lo que la persona pidió sobre sus mensajes, los motivos de silencio, reglas, IA. No guarda ni
 * envía nada: el canal, el probador y las pruebas piensan con esta misma función.
 */
export async function pensarRespuesta(
  ctx: Piezas,
  c: ContextoRafaga,
  senal: AbortSignal,
  observar?: Observador,
): Promise<CierreRafaga> {
  const vigentes = c.rafaga.filter((m) => !yaDijoOtra(c, m));
  if (vigentes.length === 0) return callar('preferencia_anterior');
  const textos = vigentes.map((m) => m.texto).filter((t) => t.trim() !== '');
  const preferencia = ultimaPreferencia(textos);
  if (preferencia === false) return cerrarPreferencia(c, false);
  if (preferencia === true) return conAlta(ctx, c, textos, senal, observar);
  if (c.silencio) return callar(c.silencio);
  if (!c.modulo_ia && !c.modulo_respuestas) return callar('sin_modulos');
  const impedida = sinSalida(c);
  if (impedida) return impedida;

  return conAvisoDeCierre(c, await atender(ctx, c, textos, senal, observar));
}

/** Un BAJA que se perdió y se repone tarde no deshace el ALTA que la persona escribió después, ni al revés. */
function yaDijoOtra(c: ContextoRafaga, m: MensajeRafaga): boolean {
  if (leerPreferencia(m.texto) === null) return false;
  const cuando = Date.parse(m.fecha);
  return c.turnos.some(
    (t) => t.autor === 'contacto' && Date.parse(t.fecha ?? '') > cuando && leerPreferencia(t.texto) !== null,
  );
}

/** Con la palabra libre: bienvenida, regla o IA. */
async function atender(
  ctx: Piezas,
  c: ContextoRafaga,
  textos: string[],
  senal: AbortSignal,
  observar?: Observador,
): Promise<CierreRafaga> {
  const bienvenida = bienvenidaDe(c);
  const pregunta = textos.join('\n');
  if (pregunta === '') return conBienvenida(bienvenida, acusarMedia(c));
  // Sólo saludó: la bienvenida ya es la respuesta.
  if (bienvenida && leerCortesia(pregunta) === 'saludo') {
    return conBienvenida(bienvenida, { ...callar('saludo'), resultado: 'bienvenida', exige: 'silencio' });
  }
  // También antes de las reglas: una regla y el contestador de un banco se escribirían para siempre.
  const bucle = pararBucle(ctx, c);
  if (bucle) return conBienvenida(bienvenida, bucle);
  if (c.modulo_respuestas && c.regla) return conBienvenida(bienvenida, aplicarRegla(c, c.regla));
  if (!c.modulo_ia) return conBienvenida(bienvenida, { ...callar('ia_inactiva'), exige: 'silencio' });

  const guarda = revisarGuardas(c, pregunta);
  if (guarda) return conBienvenida(bienvenida, guarda);
  return conBienvenida(bienvenida, await preguntarIA(ctx, c, pregunta, senal, observar));
}

function cerrarPreferencia(c: ContextoRafaga, acepta: boolean): CierreRafaga {
  // A quien está bloqueado o escribe a una nora suspendida se le respeta, pero no se le contesta.
  const muda =
    c.silencio === 'suspendida' || c.silencio === 'bloqueado' || c.contacto.acepta_envios === acepta;
  return {
    resultado: 'preferencia',
    motivo: acepta ? 'alta' : 'baja',
    mensajes: muda ? [] : [{ texto: textoPreferencia(acepta, c.nora.nombre_visible), autor: 'automatica' }],
    exige: 'nada',
    acepta_envios: acepta,
  };
}

/** Quien reanuda y en la misma ráfaga pregunta algo recibe la confirmación y también su respuesta. */
async function conAlta(
  ctx: Piezas,
  c: ContextoRafaga,
  textos: string[],
  senal: AbortSignal,
  observar?: Observador,
): Promise<CierreRafaga> {
  const alta = cerrarPreferencia(c, true);
  const resto = textos.filter((t) => leerPreferencia(t) === null);
  const callada = c.silencio !== null && c.silencio !== 'baja';
  if (callada || resto.length === 0 || leerCortesia(resto.join('\n')) !== null) return alta;
  if (!c.modulo_ia && !c.modulo_respuestas) return alta;
  const cierre = conAvisoDeCierre(c, await atender(ctx, c, resto, senal, observar));
  if (cierre.resultado === 'silencio') return alta;
  return {
    ...cierre,
    acepta_envios: true,
    mensajes: [...alta.mensajes, ...cierre.mensajes],
    // La baja se levanta al guardar esto mismo: exigir que ya no exista lo descartaría siempre. La época sigue mandando.
    ...(c.silencio === 'baja' && { exige: 'nada' as const }),
  };
}

function callar(motivo: string): CierreRafaga {
  return { resultado: 'silencio', motivo, mensajes: [], exige: 'nada' };
}

/** La bienvenida va una vez en la vida, y no a quien ya tenía conversación con el negocio. */
function bienvenidaDe(c: ContextoRafaga): string | null {
  const texto = c.nora.mensaje_bienvenida?.trim();
  const yaHablaron = c.turnos.some((t) => t.autor !== 'contacto');
  return texto && !c.contacto.bienvenida_en && !yaHablaron ? rellenar(texto, variablesDe(c)) : null;
}

function conBienvenida(bienvenida: string | null, cierre: CierreRafaga): CierreRafaga {
  if (!bienvenida) return cierre;
  const saludo = dividir(bienvenida).map((texto) => ({ texto, autor: 'automatica' as const }));
  return {
    ...cierre,
    bienvenida: true,
    resultado: cierre.resultado === 'silencio' ? 'bienvenida' : cierre.resultado,
    mensajes: [...saludo, ...cierre.mensajes],
  };
}

/** Fotos, audios y documentos sin texto, o lo que Twilio entrega vacío: Nora no los entiende y lo dice; alguien del equipo los verá. */
function acusarMedia(c: ContextoRafaga): CierreRafaga {
  const tipo = c.rafaga.flatMap((m) => m.tipos ?? []).at(-1) ?? '';
  const nombre = tipo.startsWith('image/')
    ? 'tu foto'
    : tipo.startsWith('audio/')
      ? 'tu audio'
      : tipo.startsWith('video/')
        ? 'tu video'
        : tipo
          ? 'tu archivo'
          : 'tu mensaje, pero aquí no lo puedo abrir';
  const yaEspera = c.contacto.espera_humano_desde !== null;
  return {
    resultado: 'pasada_a_humano',
    motivo: 'solo_media',
    mensajes: yaEspera
      ? []
      : [
          {
            texto: `Recibí ${nombre}. Lo revisa una persona del equipo y te contesta por aquí. Si quieres, cuéntame por escrito qué necesitas.`,
            autor: 'automatica',
          },
        ],
    exige: 'silencio',
    pasar: true,
    motivo_espera: tipo
      ? `Envió ${nombre.replace('tu ', nombre === 'tu foto' ? 'una ' : 'un ')}`
      : 'Envió algo que sólo se ve en WhatsApp',
  };
}

function aplicarRegla(c: ContextoRafaga, regla: NonNullable<ContextoRafaga['regla']>): CierreRafaga {
  const textos = dividir(rellenar(regla.respuesta, variablesDe(c)));
  const mensajes: CierreRafaga['mensajes'] = textos.map((texto) => ({ texto, autor: 'automatica' }));
  if (regla.adjunto) {
    const [primero] = mensajes;
    // WhatsApp no admite texto junto a un audio ni un pie largo: va en su propio mensaje.
    const cabe = (primero?.texto.length ?? 0) <= MAXIMO_PIE && !regla.adjunto.tipo.startsWith('audio/');
    if (primero && cabe) primero.adjunto = regla.adjunto.id;
    else mensajes.unshift({ texto: '', autor: 'automatica', adjunto: regla.adjunto.id });
  }
  return {
    resultado: 'regla',
    motivo: `regla: ${regla.disparador}`,
    mensajes,
    exige: 'reglas',
    regla_id: regla.id,
  };
}

/** Antes de lo demás, el aviso de que está cerrado; no si contesta una regla escrita justo para cuando lo está. */
function conAvisoDeCierre(c: ContextoRafaga, cierre: CierreRafaga): CierreRafaga {
  const texto = c.fuera_horario ? rellenar(c.fuera_horario, variablesDe(c)) : '';
  if (!texto || (cierre.regla_id && c.regla?.horario === 'fuera')) return cierre;
  // Si parece otro sistema o ya se le contestó demasiado, callar es callar.
  if (cierre.motivo === 'bucle' || cierre.motivo === 'tope_hora') return cierre;
  const aviso = dividir(texto).map((t) => ({ texto: t, autor: 'automatica' as const }));
  // La bienvenida se presenta primero; el aviso va en seguida.
  const tras = cierre.bienvenida ? dividir(bienvenidaDe(c) ?? '').length : 0;
  return {
    ...cierre,
    aviso_cierre: true,
    ...(cierre.resultado === 'silencio' && { resultado: 'regla' as const, motivo: 'fuera de horario' }),
    mensajes: [...cierre.mensajes.slice(0, tras), ...aviso, ...cierre.mensajes.slice(tras)],
    // Lo que se iba a callar ahora habla: debe seguir siendo cierto que se puede.
    ...(cierre.exige === 'nada' && { exige: 'silencio' as const }),
  };
}

function variablesDe(c: ContextoRafaga): DatosVariables {
  return { nora: c.nora, contacto: c.contacto, ahora: new Date(c.ahora) };
}

const SIN_SALIDA: Record<string, string> = {
  ventana_cerrada: 'Pasaron 24 horas desde que escribió: WhatsApp sólo deja contestarle con una plantilla',
  sin_numero: 'Esta nora no tiene número de WhatsApp desde el que contestar',
};

/** Lo que se pensara no podría salir: que alguien del equipo lo sepa, en vez de gastar en un envío que va a fallar. */
function sinSalida(c: ContextoRafaga): CierreRafaga | null {
  const motivo = SIN_SALIDA[c.no_se_puede ?? ''];
  return motivo ? { ...pasarEnSilencio(c.no_se_puede ?? '', motivo), pausar: false } : null;
}

/** Lo que impide contestar en automático, con regla o con IA; el contacto queda esperando a una persona. */
function pararBucle(ctx: Piezas, c: ContextoRafaga): CierreRafaga | null {
  if (parecenDosBots(c.ultimos)) return pasarEnSilencio('bucle', 'Parece otro sistema automático: se repite');
  if (c.respuestas_hora < ctx.config.mensajes.topeRespuestasHora) return null;
  return pasarEnSilencio('tope_hora', `Nora ya le contestó ${c.respuestas_hora} veces en una hora`);
}

/** Lo que impide llamar al modelo aunque todo esté encendido; el contacto queda esperando a una persona. */
function revisarGuardas(c: ContextoRafaga, pregunta: string): CierreRafaga | null {
  if (c.tokens_hoy >= c.nora.tope_tokens_dia) {
    return { ...pasarHablando(c, 'tope_tokens', 'Se alcanzó el tope de IA de hoy'), pausar: false };
  }
  if (pidePersona(pregunta)) return pasarHablando(c, 'pidio_persona', 'Pidió hablar con una persona');
  const dicha = palabraDePase(pregunta, c.nora.palabras_pase);
  if (dicha) return pasarHablando(c, 'palabra_pase', `Dijo «${dicha}»`);
  return null;
}

function pasarEnSilencio(motivo: string, motivoEspera: string): CierreRafaga {
  return {
    resultado: 'pasada_a_humano',
    motivo,
    mensajes: [],
    exige: 'silencio',
    pasar: true,
    pausar: true,
    motivo_espera: motivoEspera,
  };
}

function pasarHablando(c: ContextoRafaga, motivo: string, motivoEspera: string): CierreRafaga {
  const texto = textoPaseHumano(entradaDe(c, ''), 'pasada_a_humano');
  // A quien ya espera no se le repite lo mismo.
  const mensajes: CierreRafaga['mensajes'] =
    c.contacto.espera_humano_desde && motivo !== 'pidio_persona' ? [] : [{ texto, autor: 'automatica' }];
  return { ...pasarEnSilencio(motivo, motivoEspera), mensajes };
}

async function preguntarIA(
  ctx: Piezas,
  c: ContextoRafaga,
  pregunta: string,
  senal: AbortSignal,
  observar?: Observador,
): Promise<CierreRafaga> {
  const { nombre_nora } = c.nora;
  const escribe = (quien: string): void =>
    ctx.vivo.emitir(nombre_nora, 'escribiendo', { contacto_id: c.contacto.id, quien });
  escribe('Nora');
  const entrada = entradaDe(c, pregunta);
  let textos: string[] = [];
  let salida: SalidaIA;
  let pasa: boolean;
  try {
    salida = await handleAi(ctx, entrada, senal);
    observar?.(entrada, salida);
    pasa = salida.accion === 'pasar_a_humano';
    const repetido = pasa && salida.motivo === 'sin_evidencia' && c.contacto.espera_humano_desde !== null;
    if (!repetido && salida.texto.trim()) textos = dividir(salida.texto);
  } finally {
    // Los puntos se quitan solos al llegar el mensaje; si no va a llegar ninguno, hay que decirlo.
    if (textos.length === 0) escribe('');
  }
  return {
    resultado: pasa ? 'pasada_a_humano' : 'respondida',
    motivo: salida.motivo,
    mensajes: textos.map((texto) => ({ texto, autor: 'ia' })),
    exige: 'ia',
    ...(pasa && {
      pasar: true,
      // Sin evidencia, Nora puede seguir contestando lo que sí sabe; pedir una persona es otra cosa.
      pausar: salida.motivo === 'pasada_a_humano',
      motivo_espera: motivoDeEspera(salida, pregunta),
    }),
    ...(salida.etiquetas && { etiquetas: salida.etiquetas }),
    ia: {
      modo: salida.modo,
      modelo: salida.modelo,
      fragmentos: salida.fragmentos,
      citados: salida.citados,
      tokens_entrada: salida.tokens_entrada,
      tokens_salida: salida.tokens_salida,
      latencia_ms: Math.round(salida.latencia_ms),
      motivo: salida.motivo,
      detalle: salida.detalle,
      pregunta: pregunta.slice(0, 2000),
    },
  };
}

function motivoDeEspera(salida: SalidaIA, pregunta: string): string {
  const cita = pregunta.length > 120 ? `${pregunta.slice(0, 117)}…` : pregunta;
  return salida.motivo === 'sin_evidencia' ? `Nora no sabe: «${cita}»` : `Necesita una persona: «${cita}»`;
}

function entradaDe(c: ContextoRafaga, pregunta: string): EntradaIA {
  return {
    nora: { ...c.nora, horario: leerHorario(c.nora.horario) },
    contacto: { id: c.contacto.id, nombre: c.contacto.nombre },
    historial: c.turnos,
    pregunta,
    conocimiento: c.conocimiento,
    etiquetas: c.etiquetas_ia,
    ahora: new Date(c.ahora),
  };
}
