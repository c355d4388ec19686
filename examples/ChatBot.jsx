// A chat with the health assistant (an AI program, not a doctor) as a React component; needs React 18 or newer.
//   <ChatBot server="wss://chat.example.org" />
//   <ChatBot server="wss://chat.example.org" user="ann" token={token} profile={{ age: 45 }} />
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';

const unique = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const nothing = { messages: [], answer: null, status: '', streaming: false };

// What is on the screen is a function of the frames that came: no callback reads state that may be out of date.
function reduce(state, frame) {
    switch (frame.type) {
        case 'said':
            return { ...state, streaming: true, messages: [...state.messages, { role: 'user', content: frame.text }] };
        case 'stream_start':
            return { ...state, answer: { role: 'assistant', content: '', sources: [] }, streaming: true };
        case 'status':
            return { ...state, status: frame.status.replaceAll('_', ' ') };
        case 'emergency':
            return { ...state, messages: [...state.messages, { role: 'emergency', number: frame.number }] };
        case 'token':
            return state.answer ? { ...state, answer: { ...state.answer, content: state.answer.content + frame.content } } : state;
        case 'citation':
            return state.answer ? { ...state, answer: { ...state.answer, sources: [...state.answer.sources, frame] } } : state;
        case 'stream_end': {
            const whole = state.answer && !frame.metadata.cancelled ? [state.answer] : [];
            return { ...state, messages: [...state.messages, ...whole], answer: null, status: '', streaming: false };
        }
        case 'error': {
            const partly = state.answer?.content ? [state.answer] : [];
            const refused = { role: 'error', content: frame.message };
            return { ...state, messages: [...state.messages, ...partly, refused], answer: null, status: '', streaming: false };
        }
        case 'offline':
            return { ...state, status: frame.text };
        default:
            return state;
    }
}

function useAssistant({ server, user, token, profile }) {
    const [state, dispatch] = useReducer(reduce, nothing);
    const socket = useRef(null);
    const session = useRef(null);
    const waiting = useRef(null); // the message that is being answered: { frame, turnId, seq }

    const transmit = useCallback((frame) => {
        if (socket.current?.readyState === WebSocket.OPEN) socket.current.send(JSON.stringify(frame));
    }, []);

    useEffect(() => {
        let timer = null;
        let attempts = 0;
        let unmounted = false;

        const takeUp = () => {
            const { frame, turnId, seq } = waiting.current ?? {};
            if (turnId) transmit({ type: 'resume', session_id: session.current, turn_id: turnId, after: seq });
            else if (frame) transmit({ ...frame, session_id: session.current });
        };

        const receive = (frame) => {
            if (frame.seq && waiting.current) waiting.current.seq = frame.seq;
            if (frame.type === 'connection') {
                attempts = 0;
                session.current ??= frame.session_id;
                dispatch({ type: 'offline', text: '' });
                takeUp();
                return;
            }
            if (frame.type === 'stream_start' && waiting.current) waiting.current.turnId = frame.metadata.turn_id;
            if (frame.type === 'error' && frame.error_type === 'server_restarting') return;
            if (frame.type === 'stream_end' || frame.type === 'error') waiting.current = null;
            dispatch(frame);
        };

        const connect = () => {
            const address = `${server}/api/v1/ws/chat${user ? `/${encodeURIComponent(user)}` : ''}`;
            const opened = token ? new WebSocket(address, ['bearer', token]) : new WebSocket(address);
            socket.current = opened;
            opened.onmessage = (event) => !unmounted && receive(JSON.parse(event.data));
            opened.onclose = (event) => {
                if (unmounted) return;
                if (event.code === 4401) return dispatch({ type: 'offline', text: 'Please sign in again.' });
                dispatch({ type: 'offline', text: 'Connecting again ...' });
                timer = setTimeout(connect, Math.min(30_000, 1000 * 2 ** attempts++) * (0.5 + Math.random()));
            };
        };

        connect();
        return () => {
            unmounted = true;
            clearTimeout(timer);
            socket.current?.close();
        };
    }, [server, user, token, transmit]);

    const say = useCallback((text) => {
        if (!text.trim() || waiting.current) return false;
        const frame = { message: text, enable_agents: true, patient_profile: profile, client_message_id: unique(),
                        session_id: session.current ?? undefined };
        waiting.current = { frame, turnId: null, seq: 0 };
        dispatch({ type: 'said', text });
        transmit(frame);
        return true;
    }, [profile, transmit]);

    const stop = useCallback(() => transmit({ type: 'cancel' }), [transmit]);
    return { ...state, say, stop };
}

function Message({ role, content, number, sources = [] }) {
    if (role === 'emergency') return <p role="alert"><a href={`tel:${number.replace(/[^+\d]/g, '')}`}>Call {number}</a></p>;
    return (
        <div className={role} style={{ whiteSpace: 'pre-wrap' }}>
            {content}
            {sources.length > 0 && (
                <ul>
                    {sources.map(({ title, url }, i) => (
                        <li key={i}>{/^https:\/\//.test(url ?? '') ? <a href={url} rel="noopener noreferrer">{title}</a> : title}</li>
                    ))}
                </ul>
            )}
        </div>
    );
}

export default function ChatBot({ server = 'ws://localhost:8000', user, token, profile }) {
    const { messages, answer, status, streaming, say, stop } = useAssistant({ server, user, token, profile });
    const [text, setText] = useState('');

    const submit = (event) => {
        event.preventDefault();
        if (say(text)) setText('');
    };

    return (
        <section className="chatbot" aria-label="Health assistant">
            <p>An AI program, not a doctor. In an emergency, call your local emergency number.</p>
            <div className="messages" role="log">
                {messages.map((message, i) => <Message key={i} {...message} />)}
                {answer && <Message {...answer} />}
            </div>
            <p role="status">{status}</p>
            <form onSubmit={submit}>
                <input aria-label="Message" value={text} onChange={(event) => setText(event.target.value)} maxLength={4000} />
                <button disabled={streaming}>Send</button>
                {streaming && <button type="button" onClick={stop}>Stop</button>}
            </form>
        </section>
    );
}
