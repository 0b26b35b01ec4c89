/**
 * Los códigos de error de Twilio y WhatsApp dichos para quien atiende el negocio: qué pasó y qué hacer.
 * Fuentes: twilio.com/docs/api/errors/<código> y twilio.com/docs/whatsapp/api/error-code-mapping.
 */
export interface RazonTwilio {
  /** Qué pasó, en una frase. */
  motivo: string;
  /** Qué puede hacer la persona. */
  accion: string;
  /** De quién es el problema: decide si se muestra al negocio o se avisa a quien administra. */
  de: 'contacto' | 'mensaje' | 'cuenta' | 'servicio';
}

const RAZONES: Readonly<Record<number, RazonTwilio>> = {
  11200: {
    motivo: 'Twilio no pudo entregar el mensaje entrante a Nora.',
    accion: 'Revisa que la dirección pública de Nora responda y que el webhook apunte a ella.',
    de: 'servicio',
  },
  20001: {
    motivo: 'Twilio no entendió la petición.',
    accion: 'Es un error nuestro: avisa a quien administra Nora.',
    de: 'servicio',
  },
  20003: {
    motivo: 'Twilio no aceptó las credenciales.',
    accion: 'Revisa el Account SID y el Auth Token en la configuración de la nora.',
    de: 'cuenta',
  },
  20005: {
    motivo: 'La cuenta de Twilio no está activa.',
    accion: 'Entra a la consola de Twilio y reactiva la cuenta.',
    de: 'cuenta',
  },
  20404: {
    motivo: 'Twilio no encontró lo que se le pidió.',
    accion: 'Revisa que el Account SID sea el de esta nora.',
    de: 'cuenta',
  },
  20429: {
    motivo: 'Twilio recibió demasiadas peticiones a la vez.',
    accion: 'Nora lo intenta sola unas veces; si quedó como fallido, dale Reintentar en un minuto.',
    de: 'servicio',
  },
  21211: {
    motivo: 'El número del contacto no es válido.',
    accion: 'Corrige el teléfono en la ficha del contacto.',
    de: 'contacto',
  },
  21212: {
    motivo: 'El número de la nora no es válido.',
    accion: 'Corrige el número de WhatsApp de la nora.',
    de: 'cuenta',
  },
  21408: {
    motivo: 'La cuenta de Twilio no tiene permiso para escribir a ese país.',
    accion: 'Activa el país en la consola de Twilio (Geo permissions).',
    de: 'cuenta',
  },
  21602: {
    motivo: 'El mensaje iba vacío.',
    accion: 'Escribe un texto o adjunta un archivo.',
    de: 'mensaje',
  },
  21603: {
    motivo: 'El mensaje no decía desde qué número sale.',
    accion: 'Asigna un número de WhatsApp a la nora.',
    de: 'cuenta',
  },
  21604: {
    motivo: 'El mensaje no decía a quién va.',
    accion: 'Agrega el teléfono en la ficha del contacto.',
    de: 'contacto',
  },
  21606: {
    motivo: 'Ese número no puede enviar mensajes con esta cuenta de Twilio.',
    accion: 'Revisa que el número de la nora pertenezca a su cuenta de Twilio.',
    de: 'cuenta',
  },
  21609: {
    motivo: 'Twilio no aceptó la dirección para avisar del estado.',
    accion: 'Revisa URL_PUBLICA: debe ser una dirección https que se alcance desde internet.',
    de: 'servicio',
  },
  21610: {
    motivo: 'La persona pidió no recibir mensajes (escribió BAJA o STOP).',
    accion: 'Sólo podrás escribirle cuando ella mande ALTA o START.',
    de: 'contacto',
  },
  21611: {
    motivo: 'El número de la nora tiene demasiados mensajes en espera.',
    accion: 'Espera unos minutos y vuelve a intentarlo.',
    de: 'servicio',
  },
  21612: {
    motivo: 'Twilio no tiene cómo llegar a ese número.',
    accion: 'Confirma que el teléfono sea correcto y use WhatsApp.',
    de: 'contacto',
  },
  21614: {
    motivo: 'Ese número no es un celular que pueda recibir mensajes.',
    accion: 'Pide a la persona otro número.',
    de: 'contacto',
  },
  21617: {
    motivo: 'El mensaje pasa de 1,600 caracteres.',
    accion: 'Divídelo en mensajes más cortos.',
    de: 'mensaje',
  },
  21620: {
    motivo: 'La dirección del archivo adjunto no es válida.',
    accion: 'Vuelve a adjuntar el archivo.',
    de: 'mensaje',
  },
  21654: {
    motivo: 'Falta indicar la plantilla.',
    accion: 'Elige una plantilla aprobada.',
    de: 'mensaje',
  },
  21655: {
    motivo: 'La plantilla no existe en esta cuenta.',
    accion: 'Vuelve a sincronizar las plantillas y elige otra.',
    de: 'mensaje',
  },
  21656: {
    motivo: 'Los datos de la plantilla no son válidos.',
    accion: 'Revisa que ninguna variable esté vacía.',
    de: 'mensaje',
  },
  30001: {
    motivo: 'La fila de envío de Twilio se llenó.',
    accion: 'Espera unos minutos y vuelve a intentarlo.',
    de: 'servicio',
  },
  30003: {
    motivo: 'El teléfono del contacto está apagado o sin señal.',
    accion: 'Vuelve a intentarlo más tarde.',
    de: 'contacto',
  },
  30007: {
    motivo: 'El mensaje fue filtrado por parecer spam.',
    accion: 'Cambia el texto y evita enlaces acortados.',
    de: 'mensaje',
  },
  30008: {
    motivo: 'No se pudo entregar y no dijeron por qué.',
    accion: 'Vuelve a intentarlo; si se repite, confirma el número.',
    de: 'servicio',
  },
  63001: {
    motivo: 'WhatsApp no aceptó las credenciales del canal.',
    accion: 'Revisa en Twilio que el número de WhatsApp siga conectado.',
    de: 'cuenta',
  },
  63003: {
    motivo: 'Ese número no tiene WhatsApp o ya no está activo.',
    accion: 'Confirma el teléfono con la persona.',
    de: 'contacto',
  },
  63005: {
    motivo: 'WhatsApp no pudo procesar el contenido del mensaje.',
    accion: 'Cambia el texto o el archivo y vuelve a intentarlo.',
    de: 'mensaje',
  },
  63007: {
    motivo: 'El número de la nora no está dado de alta como WhatsApp en Twilio.',
    accion: 'Conecta el número en Twilio (WhatsApp senders) o corrige el de la nora.',
    de: 'cuenta',
  },
  63010: {
    motivo: 'WhatsApp tuvo un error interno.',
    accion: 'Vuelve a intentarlo en unos minutos.',
    de: 'servicio',
  },
  63012: {
    motivo: 'WhatsApp no está disponible por ahora.',
    accion: 'Vuelve a intentarlo en unos minutos.',
    de: 'servicio',
  },
  63013: {
    motivo: 'El mensaje va contra las políticas de WhatsApp.',
    accion: 'Cambia el contenido antes de volver a enviarlo.',
    de: 'mensaje',
  },
  63015: {
    motivo: 'La persona no se ha unido al número de pruebas de Twilio.',
    accion: 'Pídele que mande la palabra de acceso de la caja de arena (sandbox).',
    de: 'contacto',
  },
  63016: {
    motivo: 'Pasaron más de 24 horas desde su último mensaje.',
    accion: 'Escríbele con una plantilla aprobada o espera a que te escriba.',
    de: 'contacto',
  },
  63018: {
    motivo: 'Se alcanzó el límite de mensajes que WhatsApp permite a este número.',
    accion: 'Espera a que se libere (hasta 24 horas) antes de enviar más.',
    de: 'cuenta',
  },
  63019: {
    motivo: 'WhatsApp no pudo descargar el archivo adjunto.',
    accion: 'Vuelve a adjuntarlo; si se repite, usa un archivo más pequeño.',
    de: 'mensaje',
  },
  63020: {
    motivo: 'La cuenta de WhatsApp Business no está lista para enviar.',
    accion: 'Revisa la cuenta y su forma de pago en Meta Business.',
    de: 'cuenta',
  },
  63021: {
    motivo: 'WhatsApp rechazó el contenido: formato no admitido o demasiado largo.',
    accion: 'Usa un tipo de archivo admitido y textos de plantilla de menos de 1,024 caracteres.',
    de: 'mensaje',
  },
  63022: {
    motivo: 'Los datos de la plantilla no son válidos.',
    accion: 'Revisa las variables de la plantilla.',
    de: 'mensaje',
  },
  63023: {
    motivo: 'WhatsApp no pudo enviar el mensaje y no dijo por qué.',
    accion: 'Vuelve a intentarlo en unos minutos.',
    de: 'servicio',
  },
  63024: {
    motivo: 'WhatsApp no puede entregar a este contacto.',
    accion: 'Confirma que el número use WhatsApp y que no te haya bloqueado.',
    de: 'contacto',
  },
  63025: {
    motivo: 'El archivo ya se había enviado.',
    accion: 'Revisa la conversación antes de volver a enviarlo.',
    de: 'mensaje',
  },
  63027: {
    motivo: 'La plantilla no existe en ese idioma o no está aprobada.',
    accion: 'Elige una plantilla aprobada.',
    de: 'mensaje',
  },
  63028: {
    motivo: 'La plantilla lleva más o menos variables de las que espera.',
    accion: 'Revisa las variables de la plantilla.',
    de: 'mensaje',
  },
  63029: {
    motivo: 'El teléfono de esta persona no pudo recibir la plantilla.',
    accion: 'Confirma que el número use WhatsApp y vuelve a intentarlo.',
    de: 'contacto',
  },
  63030: {
    motivo: 'WhatsApp no admite uno de los datos del mensaje.',
    accion: 'Cambia el contenido y vuelve a intentarlo.',
    de: 'mensaje',
  },
  63032: {
    motivo: 'Meta no entrega mensajes a esta persona por un experimento suyo.',
    accion: 'No se puede evitar: contáctala por otro medio.',
    de: 'contacto',
  },
  63033: {
    motivo: 'La persona bloqueó este número.',
    accion: 'No vuelvas a escribirle por aquí.',
    de: 'contacto',
  },
  63049: {
    motivo: 'Meta decidió no entregar este mensaje de promoción.',
    accion: 'Espera al menos un día antes de intentar otra promoción con esta persona.',
    de: 'contacto',
  },
  63051: {
    motivo: 'WhatsApp bloqueó la cuenta del negocio.',
    accion: 'Revisa la cuenta en Meta Business y pide una revisión.',
    de: 'cuenta',
  },
};

/**
 * La razón de un código, o una genérica que conserva el número para poder buscarlo.
 * @param codigo el de Twilio (`code`, `ErrorCode`); null cuando no hubo.
 */
export function razonTwilio(codigo: number | null): RazonTwilio {
  const conocida = codigo === null ? undefined : RAZONES[codigo];
  if (conocida) return conocida;
  return {
    motivo:
      codigo === null ? 'Twilio no aceptó el mensaje.' : `Twilio no aceptó el mensaje (código ${codigo}).`,
    accion: 'Vuelve a intentarlo; si se repite, avisa a quien administra Nora.',
    de: 'servicio',
  };
}

/** Motivo y acción en un solo texto, como se guarda junto al mensaje fallido. */
export function motivoTwilio(codigo: number | null): string {
  const { motivo, accion } = razonTwilio(codigo);
  return `${motivo} ${accion}`;
}

/** Los códigos que Nora sabe explicar (para pruebas y para la página de ayuda). */
export const CODIGOS_CONOCIDOS: readonly number[] = Object.keys(RAZONES).map(Number);
